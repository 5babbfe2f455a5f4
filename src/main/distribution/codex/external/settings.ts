/** What the engine is told that uses somebody's own Codex node. */
import type { Reach } from '../../torrent/address.ts'

/** Structured-clonable: it is handed to the worker thread. */
export interface ExternalSettings {
  /** Folder of the engine, the same as the embedded one's: whichever of the two runs finds what the other kept. */
  readonly root: string
  /** Where the node listens: `http://127.0.0.1:8080`. */
  readonly origin: string
  /** Whether it may be another computer's; without that, only this machine is ever asked. */
  readonly elsewhere: boolean
  /** Which peers the node is told of, and which of its addresses are told to others. */
  readonly reach: Reach
  /** IP addresses at which others reach this machine, in the place of "all addresses" in what the node says. */
  readonly addresses: readonly string[]
  /** Peers that the person entered, multiaddrs or signed peer records: the node is told of them whatever is fetched. */
  readonly peers: readonly string[]
  /** bytes; a larger dataset is neither fetched nor stored. */
  readonly maxDatasetBytes: number
  /** bytes/s between Chronicle and the node; -1 is no limit. What the node takes and gives it is told by its own settings. */
  readonly uploadLimit: number
  readonly downloadLimit: number
  /** ms between two looks at a node that answers. */
  readonly beat: number
  /** ms between two looks at a download that the node makes in the background. */
  readonly poll: number
  /** ms before what failed is tried again, at first; each further time twice as long, up to `longestRetry`. */
  readonly firstRetry: number
  readonly longestRetry: number
  /** ms between two rounds that make sure that the node still has what we offer. */
  readonly round: number
  /** ms after which all of a dataset is read from the node again, since parts of it may have gone. */
  readonly rereadAfter: number
  /** ms after which it is uploaded again, since a node drops what is old (30 days unless it was told otherwise). */
  readonly renewAfter: number
}

export type ExternalOptions = Pick<ExternalSettings, 'root' | 'origin'> &
  Partial<Omit<ExternalSettings, 'root' | 'origin'>>

const MiB = 1024 * 1024
const MINUTE = 60_000
const DAY = 1440 * MINUTE

export function externalSettings(options: ExternalOptions): ExternalSettings {
  return {
    ...{ root: options.root, origin: options.origin },
    elsewhere: options.elsewhere ?? false,
    reach: options.reach ?? 'machine',
    addresses: options.addresses ?? [],
    peers: options.peers ?? [],
    maxDatasetBytes: options.maxDatasetBytes ?? 256 * MiB,
    uploadLimit: options.uploadLimit ?? -1,
    downloadLimit: options.downloadLimit ?? -1,
    beat: options.beat ?? 15_000,
    poll: options.poll ?? 500,
    firstRetry: options.firstRetry ?? 1000,
    longestRetry: options.longestRetry ?? 30_000,
    round: options.round ?? 15 * MINUTE,
    rereadAfter: options.rereadAfter ?? DAY,
    renewAfter: options.renewAfter ?? 14 * DAY,
  }
}
