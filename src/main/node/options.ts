/** How a node is composed: what differs between the desktop, a daemon, a demonstration and a test. */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { Settings } from '../../shared/contract.ts'
import type { Millis } from '../../shared/domain.ts'
import type { RestorationOptions } from '../archives/index.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { TorrentEngineOptions } from '../distribution/index.ts'
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
  readonly torrent?: Partial<Omit<TorrentEngineOptions, 'root' | 'clock'>>
  readonly restoration?: Partial<RestorationOptions>
  readonly importThreads?: number
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

/** Everything the torrent engine is told. Outside this machine it says where others can dial it. */
export function torrentOptions(options: NodeOptions, settings: Settings, root: string): TorrentEngineOptions {
  const { reach, publicAddress } = settings
  const addresses = { machine: [], lan: localAddresses(), internet: publicAddress === '' ? [] : [publicAddress] }[reach]
  return { reach, ...(reach === 'machine' ? {} : { addresses }), ...options.torrent, root }
}

/** This machine's addresses in the networks it is part of. */
function localAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return found.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}
