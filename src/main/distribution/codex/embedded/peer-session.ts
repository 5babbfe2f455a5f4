/** A peer that we are connected to and ask: the dialogue with it, and the window that all downloads from it share. */
import { type Presence, WireError } from '../../../wire/index.ts'
import type { Dialogue, ReceivedBlock } from './dialogue.ts'
import type { Wire } from './wires.ts'

export class PeerSession {
  readonly peer: string
  readonly #dialogue: Dialogue
  readonly #window: number
  #inFlight = 0
  /** Each wants a place in the window; the one served last goes to the end. */
  readonly #waiting = new Set<() => void>()
  /** Resolves when the peer can no longer be asked, with the fault that ended it, if it was one. */
  readonly closed: Promise<WireError | null>

  /** @param window requests that may be open at once */
  constructor(peer: string, dialogue: Dialogue, window: number) {
    this.peer = peer
    this.#dialogue = dialogue
    this.#window = window
    this.closed = dialogue.run().then(
      () => null,
      (error: unknown) => (error instanceof WireError ? error : null),
    )
  }

  get wire(): Wire {
    return this.#dialogue.wire
  }

  get open(): boolean {
    return !this.#dialogue.closed
  }

  /** `pump` is called whenever there is room in the window. */
  attach(pump: () => void): () => void {
    this.#waiting.add(pump)
    return () => this.#waiting.delete(pump)
  }

  get hasRoom(): boolean {
    return this.open && this.#inFlight < this.#window
  }

  async request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]> {
    this.#inFlight += 1
    try {
      return await this.#dialogue.request(root, indexes)
    } finally {
      this.#inFlight -= 1
      queueMicrotask(() => this.#offer())
    }
  }

  /** Says what we want, so that the peer may tell us what it has, now or later. */
  announce(root: Uint8Array, count: number, downloadId: bigint): Promise<void> {
    return this.#dialogue.announce(root, count, downloadId)
  }

  tell(presences: readonly Presence[]): Promise<void> {
    return this.#dialogue.tell(presences)
  }

  /** The bytes of a manifest as they came, null if the peer has not got it. */
  manifest(cid: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#dialogue.manifest(cid, signal)
  }

  close(reason: Error): void {
    this.#dialogue.close(reason)
  }

  #offer(): void {
    for (const pump of [...this.#waiting]) {
      if (!this.hasRoom) return
      this.#waiting.delete(pump)
      this.#waiting.add(pump)
      pump()
    }
  }
}
