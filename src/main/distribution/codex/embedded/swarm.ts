/**
 * Whom we may ask for what a community published: the peers that hints named, and those that other peers told of. They
 * are dialled while somebody follows the community, again and again with growing pauses, and only if they are within
 * reach and not banned. Hearsay never takes the place of a hint: whoever is in a community can make up any number.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import type { PeerHint } from '../../engine.ts'
import type { Reach } from '../../torrent/address.ts'
import { type CodexAddress, readHint } from './address.ts'
import type { PeerSession } from './peer-session.ts'
import type { Wire, Wires } from './wires.ts'

export interface Follower {
  /** A peer of the community can be asked; it may have gone by the time it is. */
  joined(session: PeerSession): void
}

export interface SwarmOptions {
  readonly host: Libp2p
  readonly clock: Clock
  readonly reach: Reach
  /** Begins to ask a peer; rejects if nothing can be asked of it. */
  readonly open: (connection: Connection) => Promise<PeerSession>
  /** Somebody begins to follow a community, and a peer of a followed one can be asked. */
  readonly onFollowed: (community: CommunityId) => void
  readonly onJoined: (community: CommunityId) => void
  readonly wires: Wires
  /** A peer does not follow the protocol that it was asked by. */
  readonly onGarbled: (peer: string, wire: Wire, error: Error) => void
}

interface Known {
  readonly addresses: Set<string>
  /** Only other peers named it. */
  hearsay: boolean
  /** When it last proved to be there, ms; 0 if it never did. */
  seen: number
  failures: number
  /** Until when it is left alone, ms. */
  notBefore: number
}

/** Peers kept for each community, and addresses for each of them; those unmentioned longest go first. */
const keptPeers = 64
const keptAddresses = 8
/** Peers known by hearsay alone that are asked at once for one community. */
const strangersAtMost = 12
/** ms after which a peer of which nothing was heard is no longer spoken of. */
const spokenOfFor = 1_800_000
/** ms */
const dialAtMost = 10_000
const pauses = [500, 1000, 2000, 5000, 10_000, 30_000]
const bannedAtMost = 10_000

export class Swarm {
  readonly #options: SwarmOptions
  readonly #communities = new Map<CommunityId, Map<string, Known>>()
  readonly #followers = new Map<CommunityId, Set<Follower>>()
  readonly #sessions = new Map<string, PeerSession>()
  readonly #dialling = new Set<string>()
  readonly #banned: Set<string>
  #cancelTimer: (() => void) | null = null
  #ended = false

  constructor(options: SwarmOptions, banned: Set<string>) {
    this.#options = options
    this.#banned = banned
  }

  /** @param source `hint` from an announcement or a person, `hearsay` from another peer, `itself` from the peer's own word */
  addHints(community: CommunityId, hints: readonly PeerHint[], source: 'hint' | 'hearsay' | 'itself' = 'hint'): void {
    const known = this.#communities.get(community) ?? new Map<string, Known>()
    this.#communities.set(community, known)
    for (const hint of hints) {
      const found = readHint(hint, this.#options.reach)
      if (found === null || found.peer === this.#options.host.peerId.toString()) continue
      const before = known.get(found.peer)
      // What is known better than by hearsay is not changed by it.
      if (source === 'hearsay' && before !== undefined) continue
      const addresses = new Set([...(before?.addresses ?? [])].filter((address) => address !== found.address))
      addresses.add(found.address)
      for (const oldest of [...addresses].slice(0, Math.max(0, addresses.size - keptAddresses)))
        addresses.delete(oldest)
      known.delete(found.peer)
      known.set(found.peer, {
        addresses,
        hearsay: source !== 'hint' && (before?.hearsay ?? true),
        seen: source === 'itself' ? this.#options.clock.now() : (before?.seen ?? 0),
        failures: 0,
        notBefore: 0,
      })
    }
    this.#forget(known)
    this.#dial()
  }

  /** Communities that somebody follows. */
  get followed(): readonly CommunityId[] {
    return [...this.#followers.keys()]
  }

  /** Where the peers of a community can be dialled that proved, lately, to be there. */
  acquaintances(community: CommunityId): CodexAddress[] {
    const since = this.#options.clock.now() - spokenOfFor
    const connected = new Set(this.#options.host.getPeers().map(String))
    return [...(this.#communities.get(community) ?? [])].flatMap(([peer, { addresses, seen }]) => {
      const address = [...addresses].at(-1)
      const is = (seen > since || (seen > 0 && connected.has(peer))) && !this.#banned.has(peer)
      return is && address !== undefined ? [{ peer, address }] : []
    })
  }

  /** Tells of every peer of the community that can be asked, those of now and those to come. */
  follow(community: CommunityId, follower: Follower): () => void {
    const followers = this.#followers.get(community) ?? new Set()
    this.#followers.set(community, followers.add(follower))
    if (followers.size === 1) this.#options.onFollowed(community)
    for (const session of this.sessionsOf(community)) follower.joined(session)
    this.#dial()
    return () => {
      followers.delete(follower)
      if (followers.size === 0) this.#followers.delete(community)
    }
  }

  sessionsOf(community: CommunityId): PeerSession[] {
    return [...(this.#communities.get(community)?.keys() ?? [])].flatMap((peer) => {
      const session = this.#sessions.get(peer)
      return session?.open === true ? [session] : []
    })
  }

  sessionWith(peer: string): PeerSession | null {
    const session = this.#sessions.get(peer)
    return session?.open === true ? session : null
  }

  /** Never again, for anything. The caller says why to whom it concerns. */
  ban(peer: string): void {
    this.#banned.add(peer)
    for (const oldest of [...this.#banned].slice(0, Math.max(0, this.#banned.size - bannedAtMost)))
      this.#banned.delete(oldest)
    this.#sessions.get(peer)?.close(new Error('It is banned.'))
    for (const connection of this.#options.host.getConnections())
      if (connection.remotePeer.toString() === peer) connection.abort(new Error('banned'))
  }

  /**
   * Not by this wire any more.
   * @returns whether it speaks another one, as far as it has said, by which it can be asked
   */
  async leave(peer: string, wire: Wire): Promise<boolean> {
    const session = this.#sessions.get(peer)
    if (session?.wire === wire) session.close(new Error('It does not follow the protocol.'))
    const { host, wires } = this.#options
    const known = await host.peerStore.all({ filters: [({ id }) => id.toString() === peer], limit: 1 })
    return wires.exchangesWith(peer).some((protocol) => known[0]?.protocols.includes(protocol) === true)
  }

  communitiesOf(peer: string): CommunityId[] {
    return [...this.#communities].flatMap(([community, known]) => (known.has(peer) ? [community] : []))
  }

  end(): void {
    this.#ended = true
    this.#cancelTimer?.()
    for (const session of this.#sessions.values()) session.close(new Error('The engine stops.'))
  }

  #dial(): void {
    if (this.#ended) return
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const now = this.#options.clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const community of this.#followers.keys()) {
      const all = [...(this.#communities.get(community) ?? [])]
      const busy = ([peer]: readonly [string, Known]) => this.#dialling.has(peer) || this.#sessions.has(peer)
      let room = strangersAtMost - all.filter((each) => each[1].hearsay && busy(each)).length
      for (const each of all) {
        const [peer, known] = each
        if (this.#banned.has(peer) || busy(each) || (known.hearsay && room <= 0)) continue
        if (known.notBefore > now) next = Math.min(next, known.notBefore)
        else {
          if (known.hearsay) room -= 1
          void this.#connect(peer, known)
        }
      }
    }
    if (next !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#options.clock.setTimer(Math.max(1, next - now), () => this.#dial())
  }

  async #connect(peer: string, known: Known): Promise<void> {
    const { host, clock, open } = this.#options
    this.#dialling.add(peer)
    try {
      const connection = this.#connectionTo(peer) ?? (await this.#open(known))
      const session = await open(connection)
      this.#sessions.set(peer, session)
      void session.closed.then((fault) => this.#left(peer, session, fault))
      known.failures = 0
      known.seen = clock.now()
      if (this.#ended || this.#banned.has(peer)) session.close(new Error('It is not wanted.'))
      else
        for (const community of this.communitiesOf(peer)) {
          const followers = this.#followers.get(community)
          for (const follower of followers ?? []) follower.joined(session)
          if (followers !== undefined) this.#options.onJoined(community)
        }
    } catch {
      known.notBefore = clock.now() + (pauses[Math.min(known.failures, pauses.length - 1)] ?? 0)
      known.failures += 1
      // A connection on which no stream can be opened is of no use, and would be found again.
      if (!this.#ended && !this.#sessions.has(peer))
        await this.#connectionTo(peer)
          ?.close()
          .catch(() => {})
    } finally {
      this.#dialling.delete(peer)
      if (host.status === 'started') this.#dial()
    }
  }

  #left(peer: string, session: PeerSession, fault: Error | null): void {
    if (this.#sessions.get(peer) === session) this.#sessions.delete(peer)
    if (fault !== null) this.#options.onGarbled(peer, session.wire, fault)
    const now = this.#options.clock.now()
    for (const community of this.communitiesOf(peer)) {
      const known = this.#communities.get(community)?.get(peer)
      if (known !== undefined) known.notBefore = now + (pauses[0] ?? 0)
    }
    this.#dial()
  }

  /** Those unmentioned longest go first, and hearsay before hints. */
  #forget(known: Map<string, Known>): void {
    const idle = [...known].filter(([peer]) => !this.#sessions.has(peer))
    const leaving = [...idle.filter(([, { hearsay }]) => hearsay), ...idle.filter(([, { hearsay }]) => !hearsay)]
    for (const [peer] of leaving.slice(0, Math.max(0, known.size - keptPeers))) known.delete(peer)
  }

  #connectionTo(peer: string): Connection | undefined {
    return this.#options.host
      .getConnections()
      .find((connection) => connection.remotePeer.toString() === peer && connection.status === 'open')
  }

  async #open(known: Known): Promise<Connection> {
    const addresses = [...known.addresses].toReversed().map((address) => multiaddr(address))
    return await this.#options.host.dial(addresses, { signal: AbortSignal.timeout(dialAtMost) })
  }
}
