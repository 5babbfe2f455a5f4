/**
 * Tells peers of each other (BEP 11). webtorrent listens to peer exchange but never sends any; with this, a member who
 * knows one peer of a community soon knows all of them.
 */
import type { Torrent, Wire } from 'webtorrent'
import { hostOf, joined } from './address.ts'

export interface PexOptions {
  /** The port we listen on: told to peers, so that they can tell others where to dial us. */
  readonly port: number
  /** Whether an address is worth passing on: inside our reach, not banned, not our own. */
  readonly worthTelling: (address: string) => boolean
}

/** ms from the first address worth telling a peer to the first message; ut_pex itself would wait for 65 s. */
const firstAfter = 1000

export function sendPeerExchange(torrent: Torrent, { port, worthTelling }: PexOptions): void {
  const addresses = new Map<Wire, string>()
  const begun = new WeakSet<Wire>()

  /** A swarm may lose its first seeder within a minute; by then its peers should know each other. */
  const beginWith = (wire: Wire): void => {
    if (begun.has(wire)) return
    begun.add(wire)
    setTimeout(() => {
      if (wire.destroyed) return
      wire.ut_pex?._sendMessage()
      // Counts from here: receivers pass over what comes within a minute of the message before.
      wire.ut_pex?.start()
    }, firstAfter).unref()
  }
  const add = (wire: Wire, address: string): void => {
    tell(wire, address, 'add')
    beginWith(wire)
  }

  torrent.on('wire', (wire: Wire) => {
    wire.extendedHandshake.p = port
    sayNothingUnasked(wire)
    wire.once('extended', (kind: unknown, handshake: unknown) => {
      const listening = kind === 'handshake' ? portOf(handshake) : null
      const address = listening === null ? null : joined(wire.remoteAddress ?? '', listening)
      if (address === null || wire.destroyed || !worthTelling(address)) return
      addresses.set(wire, address)
      for (const other of torrent.wires) if (other !== wire) add(other, address)
    })
    for (const [other, address] of addresses) if (other !== wire) add(wire, address)
    wire.ut_pex?.start()
    wire.once('close', () => {
      const address = addresses.get(wire)
      addresses.delete(wire)
      if (address !== undefined) for (const other of torrent.wires) tell(other, address, 'drop')
    })
  })
}

/**
 * ut_pex sends by its timer whether or not the peer knows it, and throws where it does not: that would end the thread.
 * What there is to tell waits, since the peer's extended handshake may be late.
 */
function sayNothingUnasked(wire: Wire): void {
  const exchange = wire.ut_pex
  if (exchange === undefined) return
  const send = exchange._sendMessage.bind(exchange)
  exchange._sendMessage = () => {
    if (!wire.destroyed && (wire.peerExtendedMapping.ut_pex ?? 0) > 0) send()
  }
}

function tell(wire: Wire, address: string, what: 'add' | 'drop'): void {
  const six = hostOf(address).includes(':')
  if (what === 'add') six ? wire.ut_pex?.addPeer6(address) : wire.ut_pex?.addPeer(address)
  else six ? wire.ut_pex?.dropPeer6(address) : wire.ut_pex?.dropPeer(address)
}

function portOf(handshake: unknown): number | null {
  if (typeof handshake !== 'object' || handshake === null || !('p' in handshake)) return null
  return typeof handshake.p === 'number' ? handshake.p : null
}
