/** Both exchange protocols behind one door: a peer is asked by the newer one if it speaks that, else by the older. */
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Clock } from '../../../clock.ts'
import { OLDER_EXCHANGE_PROTOCOL } from '../../../wire/index.ts'
import type { Giving } from './giving.ts'
import { NewerPeer } from './newer-peer.ts'
import { OlderPeer } from './older-peer.ts'
import { PeerSession } from './peer-session.ts'
import type { Wire, Wires } from './wires.ts'

export interface ProtocolOptions {
  readonly host: Libp2p
  readonly clock: Clock
  /** Requests that one peer may have open with us. */
  readonly window: number
  readonly giving: Giving
  readonly wires: Wires
  /** A peer does not follow the protocol, if that is what the error says. */
  readonly onGarbled: (peer: string, wire: Wire, error: unknown) => void
}

/** ms */
const openAtMost = 10_000
const streams = { maxInboundStreams: 32, maxOutboundStreams: 64 }

export class Protocols {
  readonly #options: ProtocolOptions
  /** By peer: all its streams belong together. */
  readonly #older = new Map<string, OlderPeer>()

  constructor(options: ProtocolOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    const { host, giving, wires } = this.#options
    await giving.begin()
    await wires.handle(
      host,
      OLDER_EXCHANGE_PROTOCOL,
      ({ connection, stream }) => void this.#addOlder(connection, stream, false),
      streams,
    )
  }

  /** @throws Error if the peer speaks neither, or did not follow what it speaks. */
  async open(connection: Connection): Promise<PeerSession> {
    const { clock, giving, wires, window } = this.#options
    const peer = connection.remotePeer.toString()
    const spoken = wires.exchangesWith(peer)
    if (spoken.length === 0) throw new Error('This peer follows none of our protocols.')
    const stream = await connection.newStream(spoken, {
      ...streams,
      signal: AbortSignal.timeout(openAtMost),
    })
    const dialogue =
      stream.protocol === OLDER_EXCHANGE_PROTOCOL
        ? this.#addOlder(connection, stream, true)
        : new NewerPeer(connection, stream, giving.party(peer), clock)
    return new PeerSession(peer, dialogue, window)
  }

  #addOlder(connection: Connection, stream: Stream, ours: boolean): OlderPeer {
    const peer = connection.remotePeer.toString()
    const known = this.#older.get(peer)
    const older = known ?? this.#meetOlder(peer, connection)
    older.add(stream, ours)
    return older
  }

  #meetOlder(peer: string, connection: Connection): OlderPeer {
    const { clock, giving, onGarbled } = this.#options
    const older = new OlderPeer(connection, giving.party(peer), clock)
    this.#older.set(peer, older)
    const left = (error?: unknown) => {
      if (this.#older.get(peer) === older) this.#older.delete(peer)
      onGarbled(peer, 'older', error)
    }
    older.run().then(() => left(), left)
    return older
  }
}
