/** The node itself: its settings, its network, what it transfers. */
import { z } from 'zod'
import type { Millis } from '../domain.ts'
import { networkStatus, nothing, transfer } from './nouns.ts'

/** bytes/s; null: no limit. Less than this would let requests between nodes time out. */
const rate = z.int().min(16_384).nullable()

const settings = z.object({
  distribution: z.enum(['torrent', 'codex', 'both']),
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

export const nodeRequests = {
  'transfers.list': { input: nothing, output: z.array(transfer).readonly() },
  'network.status': { input: nothing, output: networkStatus },
  /** Multiaddrs at which others reach this node's own service node. */
  'network.addresses': { input: nothing, output: z.array(z.string()) },
  'settings.get': { input: nothing, output: settings },
  'settings.set': { input: settings.partial(), output: settings },
} as const

export const nodeEvents = {
  'transfers.changed': z.array(transfer).readonly(),
  'network.changed': networkStatus,
} as const

export type Settings = z.output<typeof settings>
