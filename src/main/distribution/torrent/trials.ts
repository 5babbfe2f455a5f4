/**
 * Whom to ask for pieces, where any number of peers may only be there to be in the way. webtorrent asks whoever says that
 * it has something: peers that promise and give nothing hold pieces for half a minute each, and garbage that is mixed into
 * a piece falls back on who sent the rest of it. Here a piece has one sender at a time; who has given none yet is tried
 * with one piece, and loses it to another after a few seconds of silence; those we were told of are tried before those who
 * came by themselves, and who has proved good goes before all.
 */
import type { Torrent, Wire } from 'webtorrent'
import { joined } from './address.ts'

export interface TrialOptions {
  readonly torrent: Torrent
  /** ms */
  readonly now: () => number
  /** What came of a piece so far is thrown away: somebody else sends it from the beginning. */
  readonly onAnew: (index: number) => void
}

/** ms without a block after which a piece is somebody else's to send; longer for those that have proved good. */
const patience = { untried: 3_000, proven: 15_000 } as const
/** Peers that are tried at a time while there is one that has proved good. */
const triedBesides = 4
/** ms between two looks at pieces that nobody sends. */
const lookEvery = 1_000
/** ms for which the list of those who could be asked first is good enough. */
const waitingFor = 20

/** Ranks, the best first. One that kept us waiting goes behind all others. */
const rank = { proven: 0, named: 1, dialled: 2, came: 3, failed: 4 } as const

interface Hold {
  readonly wire: Wire
  /** Some block of it. */
  asked: boolean
  /** When it was asked, or sent a block, last. */
  moved: number
}

export class PeerTrials {
  readonly #torrent: Torrent
  readonly #now: () => number
  readonly #onAnew: (index: number) => void
  /** Who sends which piece. */
  readonly #holds = new Map<number, Hold>()
  readonly #holding = new Map<Wire, number>()
  readonly #proven = new Set<Wire>()
  readonly #failed = new WeakSet<Wire>()
  readonly #named = new Set<string>()
  #waiting: readonly Wire[] = []
  #waitingSince = Number.NEGATIVE_INFINITY

  constructor({ torrent, now, onAnew }: TrialOptions) {
    this.#torrent = torrent
    this.#now = now
    this.#onAnew = onAnew
  }

  /** An address that a link or a person named. */
  name(address: string): void {
    this.#named.add(address)
  }

  sends(index: number, wire: Wire): boolean {
    return this.#holds.get(index)?.wire === wire
  }

  /** Whether this peer may be asked for a block of this piece now; if so, the piece is its to send. */
  take(index: number, wire: Wire): boolean {
    const hold = this.#holds.get(index)
    if (hold?.wire === wire) return true
    const proven = this.#proven.has(wire)
    if (!proven) this.#letGo(wire)
    if (!proven && !this.#mayTry(index, wire)) return false
    if (hold !== undefined && !this.#mayReplace(hold, proven)) return false
    if (hold !== undefined) {
      if (this.#silent(hold)) this.#failed.add(hold.wire)
      this.#release(index)
    }
    this.#holds.set(index, { wire, asked: false, moved: this.#now() })
    this.#holding.set(wire, (this.#holding.get(wire) ?? 0) + 1)
    return true
  }

  /** What came of the request for a block of a piece that it may send: it has gone out, or there was none to make. */
  asked(index: number, wire: Wire, went: boolean): void {
    const hold = this.#holds.get(index)
    if (hold?.wire !== wire) return
    if (went) hold.asked = true
    else if (!hold.asked) this.#forget(index, hold)
  }

  /** It will not send what it was asked for: another may, and it may be asked for something else. */
  refused(index: number, wire: Wire): void {
    if (this.sends(index, wire)) this.#release(index)
  }

  /** It will not send anything it was asked for. */
  refusedAll(wire: Wire): void {
    for (const [index, hold] of this.#holds) if (hold.wire === wire) this.#release(index)
  }

  /** A block has come. */
  gave(index: number, wire: Wire): void {
    const hold = this.#holds.get(index)
    if (hold?.wire === wire) hold.moved = this.#now()
  }

  /** A piece was right. */
  verified(index: number): void {
    const hold = this.#holds.get(index)
    if (hold === undefined) return
    this.#forget(index, hold)
    this.#proven.add(hold.wire)
    this.#failed.delete(hold.wire)
  }

  /** A piece was wrong; its sender is the guard's business. */
  wrong(index: number): void {
    const hold = this.#holds.get(index)
    if (hold !== undefined) this.#forget(index, hold)
  }

  gone(wire: Wire): void {
    this.refusedAll(wire)
    this.#proven.delete(wire)
    this.#holding.delete(wire)
  }

  /** Whether some piece waits for a peer that is silent: others should be asked. */
  get stuck(): boolean {
    for (const hold of this.#holds.values()) if (this.#silent(hold)) return true
    return false
  }

  /** A connection that could make room for another: one that came by itself, or kept us waiting. */
  worst(): Wire | null {
    const open = this.#torrent.wires.filter((wire) => !this.#proven.has(wire))
    const [worst] = open.toSorted((a, b) => this.#rank(b) - this.#rank(a))
    return worst !== undefined && this.#rank(worst) > rank.named ? worst : null
  }

  #mayTry(index: number, wire: Wire): boolean {
    if ((this.#holding.get(wire) ?? 0) > 0) return false
    if (this.#proven.size > 0 && this.#tried() >= triedBesides) return false
    const mine = this.#rank(wire)
    return !this.#better().some((other) => this.#rank(other) < mine && this.#couldSend(other, index))
  }

  /** What it is silent about would be its to send for ever where there is nobody else to ask. */
  #letGo(wire: Wire): void {
    if ((this.#holding.get(wire) ?? 0) === 0) return
    for (const [index, hold] of this.#holds) {
      if (hold.wire !== wire || !this.#silent(hold)) continue
      this.#failed.add(wire)
      this.#release(index)
    }
  }

  #mayReplace(hold: Hold, proven: boolean): boolean {
    return (proven && !this.#proven.has(hold.wire)) || this.#silent(hold)
  }

  /** Those who wait to be asked, and are not the last in rank. */
  #better(): readonly Wire[] {
    const now = this.#now()
    if (now - this.#waitingSince < waitingFor) return this.#waiting
    this.#waitingSince = now
    this.#waiting = this.#torrent.wires.filter((wire) => !wire.peerChoking && this.#rank(wire) < rank.came)
    return this.#waiting
  }

  #couldSend(wire: Wire, index: number): boolean {
    return !wire.destroyed && (this.#holding.get(wire) ?? 0) === 0 && wire.peerPieces.get(index)
  }

  #tried(): number {
    let tried = 0
    for (const wire of this.#holding.keys()) if (!this.#proven.has(wire)) tried += 1
    return tried
  }

  #rank(wire: Wire): number {
    if (this.#proven.has(wire)) return rank.proven
    if (this.#failed.has(wire)) return rank.failed
    if (!wire.type.endsWith('Outgoing')) return rank.came
    const address = joined(wire.remoteAddress ?? '', wire.remotePort ?? 0)
    return address !== null && this.#named.has(address) ? rank.named : rank.dialled
  }

  #silent({ wire, moved }: Hold): boolean {
    return this.#now() - moved > (this.#proven.has(wire) ? patience.proven : patience.untried)
  }

  /** Takes a piece from its sender, and what came of it. */
  #release(index: number): void {
    const hold = this.#holds.get(index)
    if (hold === undefined) return
    this.#forget(index, hold)
    const { pieces } = this.#torrent
    const piece = pieces[index]
    // What its old sender still sends of it goes to the old one, which nobody looks at any more.
    if (piece) pieces[index] = new piece.constructor(piece.length)
    this.#onAnew(index)
  }

  #forget(index: number, { wire }: Hold): void {
    this.#holds.delete(index)
    const left = (this.#holding.get(wire) ?? 1) - 1
    if (left > 0) this.#holding.set(wire, left)
    else this.#holding.delete(wire)
  }
}

/** Puts every peer of a torrent on trial. */
export function tryPeers(options: TrialOptions): PeerTrials {
  const { torrent } = options
  const trials = new PeerTrials(options)
  const request = torrent._request.bind(torrent)
  torrent._request = (wire, index, hotswap) => {
    if (torrent.pieces[index] == null || !trials.take(index, wire)) return false
    const went = request(wire, index, hotswap)
    trials.asked(index, wire, went)
    return went
  }
  torrent.on('wire', (wire: Wire) => {
    wire.on('piece', (index: number) => trials.gave(index, wire))
    wire.on('reject', (index: number) => trials.refused(index, wire))
    // With the fast extension (BEP 6) it says of each request that it will not, and sends some pieces all the same.
    wire.on('choke', () => wire.hasFast || trials.refusedAll(wire))
    wire.once('close', () => trials.gone(wire))
  })
  torrent.on('verified', (index: number) => trials.verified(index))
  // webtorrent asks when something comes; where nothing does, it has to be told.
  const looking = setInterval(() => {
    if (torrent.ready && !torrent.destroyed && trials.stuck) torrent._update()
  }, lookEvery).unref()
  torrent.once('close', () => clearInterval(looking))
  return trials
}
