/**
 * Keeps peers that send wrong bytes out of a torrent. webtorrent throws a failed piece away and asks the same peer
 * again, for ever (measured: 939 MB in 6 s for a 31 MB torrent), so somebody has to remember who sent it.
 */
import type { Torrent, Wire } from 'webtorrent'
import { hostOf, joined, withinReach } from './address.ts'

export interface PeerGuard {
  /** Whether a peer may be spoken to; `keys` are those of `peerKeys`. */
  allows(keys: readonly string[]): boolean
  ban(keys: readonly string[], reason: string, infoHash: string): void
  /** One more failed piece in which this peer had a part. */
  strike(peerId: string): number
}

/** Failed pieces that a peer may have had a part in, together with others, before it is banned. */
const strikesAllowed = 2

/**
 * The memory of one client: who is banned stays banned for every torrent. A peer is known by the id it chose, the
 * address it was met at and, where an address is one machine's alone, that address with any port.
 */
export function createPeerGuard(onBan: (peer: string, reason: string, infoHash: string) => void): PeerGuard {
  const banned = new Set<string>()
  const strikes = new Map<string, number>()
  return {
    allows: (keys) => !keys.some((key) => banned.has(key)),
    ban(keys, reason, infoHash) {
      for (const key of keys) banned.add(key)
      onBan(keys.find((key) => key.includes(':')) ?? keys[0] ?? 'unknown', reason, infoHash)
    },
    strike(peerId) {
      const count = (strikes.get(peerId) ?? 0) + 1
      strikes.set(peerId, count)
      return count
    },
  }
}

export function peerKeys(wire: Pick<Wire, 'peerId' | 'remoteAddress' | 'remotePort'>): string[] {
  const keys = wire.peerId === '' || wire.peerId === undefined ? [] : [wire.peerId]
  if (wire.remoteAddress === undefined) return keys
  const address = joined(wire.remoteAddress, wire.remotePort ?? 0)
  if (address !== null) keys.push(address)
  // Behind a private or loopback address many peers may live; a public one is blamed as a whole.
  const host = hostOf(address ?? wire.remoteAddress)
  if (withinReach(host, 'internet')) keys.push(host)
  return keys
}

export interface GuardOptions {
  /** Whether a block counts: not one that came after its piece was given to another sender. */
  readonly counts?: (index: number, wire: Wire) => boolean
  /** A piece was wrong. */
  readonly onWrong?: (index: number) => void
}

/**
 * Watches one torrent: the sole sender of a failed piece is banned at once, one of several after a few of them. What it
 * gives is to be called for a piece that another begins to send anew.
 */
export function guardTorrent(
  torrent: Torrent,
  guard: PeerGuard,
  { counts = () => true, onWrong = () => {} }: GuardOptions = {},
): (index: number) => void {
  const senders = new Map<number, Map<string, Wire>>()

  const banWire = (wire: Wire, reason: string) => {
    const keys = peerKeys(wire)
    guard.ban(keys, reason, torrent.infoHash)
    for (const other of [...torrent.wires]) if (!guard.allows(peerKeys(other))) other.destroy()
  }

  torrent.on('wire', (wire: Wire) => {
    if (!guard.allows(peerKeys(wire))) {
      wire.destroy()
      return
    }
    wire.on('piece', (index: number) => {
      if (!counts(index, wire)) return
      const of = senders.get(index) ?? new Map<string, Wire>()
      senders.set(index, of.set(wire.peerId, wire))
    })
  })
  torrent.on('verified', (index: number) => senders.delete(index))
  torrent.on('warning', (warning: unknown) => {
    const text = warning instanceof Error ? warning.message : String(warning)
    const match = /^Piece (\d+) failed verification/.exec(text)
    if (match === null) return
    const index = Number(match[1])
    const of = senders.get(index) ?? new Map<string, Wire>()
    senders.delete(index)
    onWrong(index)
    for (const [peerId, wire] of of) {
      if (of.size === 1) banWire(wire, `sent piece ${index} with wrong bytes`)
      else if (guard.strike(peerId) > strikesAllowed) banWire(wire, 'had a part in several pieces with wrong bytes')
    }
  })
  return (index) => void senders.delete(index)
}
