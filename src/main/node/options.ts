/** How a node is composed: what differs between the desktop, a daemon, a demonstration and a test. */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { Settings } from '../../shared/contract.ts'
import type { EngineKind, Millis } from '../../shared/domain.ts'
import type { RestorationOptions } from '../archives/index.ts'
import { type Clock, systemClock } from '../clock.ts'
import {
  type CodexEngineOptions,
  createCodexEngine,
  createExternalCodexEngine,
  createTorrentEngine,
  type DistributionEngine,
  type ExternalEngineOptions,
  type TorrentEngineOptions,
} from '../distribution/index.ts'
import type { Random } from '../messages/index.ts'
import type { Session } from '../profiles/index.ts'
import type { WakuOptions } from '../waku/index.ts'

export interface NodeOptions {
  /** Whose node it is; closed by whoever opened it. */
  readonly session: Session
  /** Whether this node is itself a Waku service node (on this machine only) or a light client of others. */
  readonly service: boolean
  /** Service nodes used besides those of the settings. */
  readonly nodes?: readonly string[]
  readonly waku?: Pick<WakuOptions, 'backoff' | 'pingInterval' | 'shards' | 'clusterId'>
  /** All of them unless given. */
  readonly engines?: readonly EngineKind[]
  readonly torrent?: Partial<Omit<TorrentEngineOptions, 'root' | 'clock'>>
  readonly codex?: Partial<Omit<CodexEngineOptions, 'root' | 'clock'>>
  /** Of the Codex engine that works through a node which the person runs. */
  readonly externalCodex?: Partial<Omit<ExternalEngineOptions, 'root' | 'clock'>>
  readonly restoration?: Partial<RestorationOptions>
  readonly importThreads?: number
  /** A damaged database of which no backup is whole is replaced by an empty one. */
  readonly beginAnew?: boolean
  /** ms between backups; null for none. */
  readonly backupEvery?: Millis | null
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: (line: string) => void
}

export interface Surroundings {
  readonly clock: Clock
  readonly random: Random
  readonly log: (line: string) => void
}

export const surroundingsOf = ({ clock, random, log }: NodeOptions): Surroundings => ({
  clock: clock ?? systemClock,
  random: random ?? ((length) => new Uint8Array(randomBytes(length))),
  log: log ?? (() => {}),
})

/** Everything Waku is told; messages and key of the service node lie in the profile's folder. */
export function wakuOptions(options: NodeOptions, settings: Settings, file: (name: string) => string): WakuOptions {
  const host = settings.reach === 'machine' ? '127.0.0.1' : '0.0.0.0'
  const service = { storeFile: file('waku.sqlite'), identityFile: file('waku.key'), host }
  return {
    ...options.waku,
    service: options.service ? service : null,
    nodes: [...new Set([...(options.nodes ?? []), ...settings.nodes])],
  }
}

/** Peers of one torrent tell each other of peers, so that members have it from each other when its owner is away. */
const withinSwarms = { pex: true }

/** The engines of a node. Outside this machine they are told where others can dial them. */
export function createEngines(
  options: NodeOptions,
  settings: Settings,
  clock: Clock,
  folder: (engine: EngineKind) => string,
): DistributionEngine[] {
  const { reach, publicAddress } = settings
  const outside = { lan: localAddresses(), internet: publicAddress === '' ? [] : [publicAddress] }
  const place = reach === 'machine' ? { reach } : { reach, addresses: outside[reach] }
  const { codexPeers: peers, codexNearby: nearby, codexBootstrap: bootstrap } = settings
  const discovery = { peers, mdns: nearby, bootstrap }
  const make: Readonly<Record<EngineKind, () => DistributionEngine>> = {
    torrent: () =>
      createTorrentEngine({ ...place, discovery: withinSwarms, ...options.torrent, root: folder('torrent'), clock }),
    // Both keep what they have in one place, so that changing from one to the other loses nothing.
    codex: () =>
      settings.codexEngine === 'embedded'
        ? createCodexEngine({ ...place, ...discovery, ...options.codex, root: folder('codex'), clock })
        : createExternalCodexEngine({
            ...{ ...place, peers, origin: settings.codexNode, elsewhere: settings.codexNodeElsewhere },
            ...{ ...options.externalCodex, root: folder('codex'), clock },
          }),
  }
  return (options.engines ?? (['torrent', 'codex'] as const)).map((engine) => make[engine]())
}

/** This machine's addresses in the networks it is part of. */
function localAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return found.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}
