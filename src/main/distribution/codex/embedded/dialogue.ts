/** What can be asked of a peer, whichever protocol it speaks. Nothing of what it answers is verified here. */
import type { BlockMeta, Presence } from '../../../wire/index.ts'
import type { Wire } from './wires.ts'

/** A block as it came, with what is said about it. */
export interface ReceivedBlock extends BlockMeta {
  readonly data: Uint8Array
}

export interface Dialogue {
  readonly wire: Wire
  readonly closed: boolean
  /** Until it is over. @throws WireError if the peer does not follow the protocol */
  run(): Promise<void>
  /** Asks for blocks; those that the peer has not are left out of what it gives. `indexes` ascend. */
  request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]>
  /** The bytes of a manifest as they came, null if the peer has not got it. */
  manifest(cid: string, signal: AbortSignal): Promise<Uint8Array | null>
  /** Says what we want, so that the peer may tell us what it has, now or later. */
  announce(root: Uint8Array, count: number, downloadId: bigint): Promise<void>
  tell(presences: readonly Presence[]): Promise<void>
  close(reason: Error): void
}
