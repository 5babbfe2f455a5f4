/** One configured service node: connected or not, and how it is asked when it is. Outlives its connections. */
import type { Connection } from '@libp2p/interface'
import type { PubsubTopic } from '../../../shared/domain.ts'
import { WakuError } from '../errors.ts'
import { type RequestOptions, request } from '../frames.ts'
import { Gate } from '../gate.ts'

/** Requests of one kind in flight at one node. */
const inFlight = 32

export class NodeSession {
  readonly address: string
  #connection: Connection | null = null
  #topics: readonly PubsubTopic[] | null = null
  readonly #gates = new Map<string, Gate>()

  constructor(address: string) {
    this.address = address
  }

  get connected(): boolean {
    return this.#connection?.status === 'open'
  }

  /** `topics`: those of ours that it serves. */
  attach(connection: Connection, topics: readonly PubsubTopic[]): void {
    this.#connection = connection
    this.#topics = topics
  }

  detach(): void {
    this.#connection = null
  }

  /** Whether it serves a topic; true until it has said. */
  serves(topic: PubsubTopic): boolean {
    return this.#topics?.includes(topic) ?? true
  }

  isPeer(connection: Connection): boolean {
    return this.#connection?.remotePeer.equals(connection.remotePeer) ?? false
  }

  /** Hangs up, so that the supervisor dials again. */
  async drop(): Promise<void> {
    await this.#connection?.close().catch((error: Error) => this.#connection?.abort(error))
  }

  /** @throws WakuError `unavailable` if it is not connected, else as frames.ts `request`. */
  ask(
    codecs: readonly string[],
    encode: (codec: string) => Uint8Array,
    options: RequestOptions,
  ): Promise<{ readonly codec: string; readonly bytes: Uint8Array }> {
    const kind = codecs[0] ?? ''
    const gate = this.#gates.get(kind) ?? new Gate(inFlight)
    this.#gates.set(kind, gate)
    return gate.run(() => {
      const connection = this.#connection
      if (connection === null || connection.status !== 'open')
        throw new WakuError('unavailable', `${this.address} is not connected.`)
      return request(connection, codecs, encode, options)
    })
  }
}
