/** What the Codex engine is told. By default it speaks to this machine and to nothing else. */
import type { ManifestFormat } from '../../../wire/index.ts'
import type { Reach } from '../../torrent/address.ts'
import type { Waiter } from '../../torrent/shared-tasks.ts'

/** Structured-clonable: it is handed to the worker thread. */
export interface CodexSettings {
  /** Folder of the engine: its database, its key and the datasets; made if it is not there. */
  readonly root: string
  /** TCP port; 0 takes the one used last time if it is free, else any. */
  readonly port: number
  /** The one address to listen on; null listens on all. */
  readonly bindHost: string | null
  /** Whom we dial, and who may dial us. */
  readonly reach: Reach
  /** IP addresses at which others can dial us, for our hints; those it listens on where nothing is said. */
  readonly addresses: readonly string[]
  /** Peers that the person entered: multiaddrs, or signed peer records. */
  readonly peers: readonly string[]
  /** Whether peers of the local network are looked for; only within its reach. */
  readonly mdns: boolean
  readonly mdnsPort: number
  /** Nodes by which the Kademlia DHT is entered, as `peers`; none: it is not used. */
  readonly bootstrap: readonly string[]
  /** Form in which manifests are written. All are read. */
  readonly format: ManifestFormat
  /** bytes; a larger dataset is neither fetched nor stored. */
  readonly maxDatasetBytes: number
  /** Requests that one peer may have open with us. */
  readonly window: number
  /** bytes/s; -1 is no limit. */
  readonly uploadLimit: number
  readonly downloadLimit: number
}

export type CodexOptions = Pick<CodexSettings, 'root'> & Partial<Omit<CodexSettings, 'root'>>

const MiB = 1024 * 1024

export function codexSettings(options: CodexOptions): CodexSettings {
  const reach = options.reach ?? 'machine'
  return {
    root: options.root,
    port: options.port ?? 0,
    bindHost: options.bindHost === undefined ? (reach === 'machine' ? '127.0.0.1' : null) : options.bindHost,
    reach,
    addresses: options.addresses ?? [],
    peers: options.peers ?? [],
    mdns: options.mdns ?? false,
    mdnsPort: options.mdnsPort ?? 5353,
    bootstrap: options.bootstrap ?? [],
    format: options.format ?? 'v0',
    maxDatasetBytes: options.maxDatasetBytes ?? 256 * MiB,
    window: options.window ?? 16,
    uploadLimit: options.uploadLimit ?? -1,
    downloadLimit: options.downloadLimit ?? -1,
  }
}

export interface CallOptions extends Waiter {
  /** ms without progress */
  readonly timeout?: number | undefined
}
