/** The node itself: its settings, its network, what it transfers. */
import { z } from 'zod'
import { codexPeerPattern, readCodexNode } from '../codex-node.ts'
import type { Millis } from '../domain.ts'
import { communityId, engine, millis, networkStatus, nothing, transfer } from './nouns.ts'

/** Where a Codex peer is: a multiaddr with its peer id, or the signed record that nodes print. */
const codexPeer = z.string().max(1536).regex(codexPeerPattern, {
  error: 'not the address of a Codex peer, as /ip4/192.0.2.1/tcp/8070/p2p/16Uiu2… or spr:…',
})

/** bytes/s; null: no limit. Less than this would let requests between nodes time out. */
const rate = z.int().min(16_384).nullable()

const settings = z.object({
  distribution: z.enum(['torrent', 'codex', 'both']),
  /** Whether a member who prefers one engine takes from the other what that one cannot bring. RULES.md R5.1. */
  distributionFallback: z.boolean(),
  /** The Codex engine inside Chronicle, or a Codex (Logos Storage) node that the person runs. */
  codexEngine: z.enum(['embedded', 'external']),
  /** Address of that node, `http://HOST:PORT`. */
  codexNode: z.string().refine((text) => readCodexNode(text) !== null, {
    error: 'not the address of a Codex node, as http://127.0.0.1:8080',
  }),
  /** Whether that node may lie on another computer: it has no password, and what is sent to it can be read on the way. */
  codexNodeElsewhere: z.boolean(),
  /** Codex peers that are asked for everything, besides those that announcements name. */
  codexPeers: z.array(codexPeer).max(32).readonly(),
  /** Whether Codex peers are looked for in the local network (mDNS), which tells it that this node is here. */
  codexNearby: z.boolean(),
  /** Nodes by which the DHT of Logos Storage is entered; empty: it is not used. It shows strangers what one reads. */
  codexBootstrap: z.array(codexPeer).max(16).readonly(),
  /** ms; from 10 s for tests to 7 days, the default. */
  archiveInterval: z.custom<Millis>((value) => Number.isSafeInteger(value) && Number(value) >= 10_000),
  /** Other people's Waku service nodes, multiaddrs. Empty: this machine only. */
  nodes: z.array(z.string().max(512)).max(32).readonly(),
  /** Who may reach this node, and whom its engines may dial: this machine, the local network, or everybody. */
  reach: z.enum(['machine', 'lan', 'internet']),
  /** The IP address at which others reach this node from outside; empty where it has none. */
  publicAddress: z.union([z.literal(''), z.ipv4(), z.ipv6()]),
  /** What the engines may take and give together. */
  downloadLimit: rate,
  uploadLimit: rate,
  /** bytes that archives may take on this disk; null: no limit. Nothing that is here is deleted for it. */
  diskLimit: z.int().min(0).nullable(),
  /** Days for which the owner keeps raw records that are archived and announced; 0: for good. */
  retentionDays: z.int().min(0).max(36_500),
})

/** What a Codex node that the person runs says of itself. */
const codexNode = z.object({
  address: z.string(),
  /** As the node gives it; empty where it says nothing. */
  version: z.string(),
  peerId: z.string(),
  /** Its signed peer record, which others may enter to find it. */
  spr: z.string(),
  /** bytes of its quota, and how many of them are taken. */
  quota: z.number(),
  used: z.number(),
})

const engineState = z.object({
  engine,
  state: z.enum(['stopped', 'starting', 'running', 'failed']),
  /** What is wrong and what to do about it; empty where all is well. An engine in trouble tries on by itself. */
  trouble: z.string(),
  /** Where other nodes reach it. */
  addresses: z.array(z.string()).readonly(),
  /** Null: the engine is inside Chronicle, or its node was not reached yet. */
  node: codexNode.nullable(),
})

export const nodeRequests = {
  'engines.list': { input: nothing, output: z.array(engineState).readonly() },
  'transfers.list': { input: nothing, output: z.array(transfer).readonly() },
  'network.status': { input: nothing, output: networkStatus },
  /** What lies behind the status: which shards, what waits to be sent, how far each community was fetched. */
  'network.details': {
    input: z.object({ limit: z.int().min(1).max(200) }),
    output: z.object({
      /** As topics name them: `/waku/2/rs/16/32`. */
      topics: z.array(z.string()).readonly(),
      /** Oldest first. */
      waiting: z
        .array(z.object({ createdAt: millis, attempts: z.int(), nextAt: millis, lastError: z.string() }))
        .readonly(),
      /** Up to when the stores were asked; null: not yet. */
      fetched: z.array(z.object({ communityId, upTo: millis.nullable() })).readonly(),
    }),
  },
  /** Multiaddrs at which others reach this node's own service node. */
  'network.addresses': { input: nothing, output: z.array(z.string()) },
  'settings.get': { input: nothing, output: settings },
  'settings.set': { input: settings.partial(), output: settings },
} as const

export const nodeEvents = {
  'engines.changed': z.array(engineState).readonly(),
  'transfers.changed': z.array(transfer).readonly(),
  'network.changed': networkStatus,
} as const

export type EngineState = z.output<typeof engineState>
export type Settings = z.output<typeof settings>
