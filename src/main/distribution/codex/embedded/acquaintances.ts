/**
 * Nodes of ours tell each other who else has, or fetches, what a community published, so that members have it from
 * each other when its owner is away (wire/codex/acquaintances.ts). A node is spoken of only after it proved to be there:
 * it asked us itself, or we dialled it. Nobody can make others dial a third party: the address of an asker is the one
 * that it speaks from, and whoever dials checks the peer id.
 */
import type { Connection, IncomingStreamData, Libp2p } from '@libp2p/interface'
import type { CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import {
  ACQUAINTANCE_PROTOCOL,
  decodeAcquaintanceAnswer,
  decodeAcquaintanceQuestion,
  encodeAcquaintanceAnswer,
  encodeAcquaintanceQuestion,
  MAX_ACQUAINTANCE_BYTES,
  MAX_TOLD_ADDRESSES,
  WireError,
} from '../../../wire/index.ts'
import { type Reach, withinReach } from '../../torrent/address.ts'
import { ByteStream } from './byte-stream.ts'
import { portOf } from './host.ts'
import type { Swarm } from './swarm.ts'
import type { Wire, Wires } from './wires.ts'

/** What is fetched and served here: by that a community is known. */
interface Shelves {
  communities(): readonly CommunityId[]
  /** Manifests of links of a community that are fetched or served here, newest last. */
  linksOf(community: CommunityId): readonly string[]
  /** The community of a manifest that is fetched or served here. */
  communityOf(manifest: string): CommunityId | null
}

export interface AcquaintanceOptions {
  readonly host: Libp2p
  readonly clock: Clock
  readonly reach: Reach
  readonly swarm: Swarm
  readonly shelves: Shelves
  /** Outlives this process. */
  readonly notes: { note(name: string): string | null; setNote(name: string, value: string): void }
  readonly wires: Wires
  /** A peer does not follow the protocol, if that is what the error says. */
  readonly onGarbled: (peer: string, wire: Wire, error: unknown) => void
}

/** ms between two questions to one peer about one community; the last from then on. */
const pauses = [1000, 2000, 4000, 8000, 15_000, 30_000]
/** ms */
const answerAtMost = 5000
const lookEvery = 500
/** ms between two greetings of a community that is served here, and for how long it is followed then. */
const greetEvery = 600_000
const greetFor = 20_000
/** Questions of one peer that are answered within a minute; it hears nothing more until the next. */
const questionsAtMost = 240
const streams = { maxInboundStreams: 8, maxOutboundStreams: 8 }

interface Asked {
  readonly times: number
  /** ms */
  readonly notBefore: number
}

export class Acquaintances {
  readonly #options: AcquaintanceOptions
  /** By community, then by peer. */
  readonly #asked = new Map<CommunityId, Map<string, Asked>>()
  readonly #questions = new Map<string, number>()
  #questionsSince = 0
  readonly #greeting = new Map<object, () => void>()
  #cancel: (() => void) | null = null
  #cancelGreeting: (() => void) | null = null
  #ended = false

  constructor(options: AcquaintanceOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    const { host, wires } = this.#options
    await wires.handle(host, ACQUAINTANCE_PROTOCOL, (incoming) => void this.#onQuestion(incoming), streams)
    this.#cancelGreeting = this.#options.clock.setTimer(greetEvery, () => this.#greetAgain())
  }

  end(): void {
    this.#ended = true
    this.#cancel?.()
    this.#cancelGreeting?.()
    for (const end of this.#greeting.values()) end()
  }

  /** Somebody begins to follow a community: whom it was had from before is tried again. */
  followed(community: CommunityId): void {
    const { notes, swarm } = this.#options
    swarm.addHints(community, remembered(notes.note(noteOf(community))), 'hearsay')
    this.#asked.set(community, new Map())
    this.#look()
  }

  /** A peer of a community can be asked. */
  joined(community: CommunityId): void {
    const { notes, swarm } = this.#options
    const known = swarm.acquaintances(community).map(({ address }) => address)
    const value = JSON.stringify(known.slice(-MAX_TOLD_ADDRESSES))
    if (value !== notes.note(noteOf(community))) notes.setNote(noteOf(community), value)
    this.#look()
  }

  /** Lets the others of a community know that we are here, though we want nothing. */
  greet(community: CommunityId): void {
    const unfollow = this.#options.swarm.follow(community, { joined: () => {} })
    const { clock } = this.#options
    const id = {}
    const end = () => {
      cancel()
      this.#greeting.delete(id)
      unfollow()
    }
    const cancel = clock.setTimer(greetFor, end)
    this.#greeting.set(id, end)
  }

  #greetAgain(): void {
    if (this.#ended) return
    for (const community of this.#options.shelves.communities()) this.greet(community)
    this.#cancelGreeting = this.#options.clock.setTimer(greetEvery, () => this.#greetAgain())
  }

  /** Asks whoever was not asked lately, for as long as somebody follows a community. */
  #look(): void {
    this.#cancel?.()
    this.#cancel = null
    const { swarm, clock, wires } = this.#options
    const { followed } = swarm
    for (const community of this.#asked.keys()) if (!followed.includes(community)) this.#asked.delete(community)
    if (this.#ended || followed.length === 0) return
    const now = clock.now()
    for (const [community, asked] of this.#asked) {
      const peers = new Set(swarm.sessionsOf(community).map(({ peer }) => peer))
      for (const peer of asked.keys()) if (!peers.has(peer)) asked.delete(peer)
      for (const peer of peers) {
        const { times, notBefore } = asked.get(peer) ?? { times: 0, notBefore: 0 }
        if (notBefore > now || wires.isRefused(peer, 'acquaintances')) continue
        asked.set(peer, { times: times + 1, notBefore: now + (pauses[Math.min(times, pauses.length - 1)] ?? 0) })
        void this.#ask(community, peer)
      }
    }
    this.#cancel = clock.setTimer(lookEvery, () => this.#look())
  }

  async #ask(community: CommunityId, peer: string): Promise<void> {
    const { host, shelves, swarm, clock } = this.#options
    const connection = host.getConnections().find((each) => each.remotePeer.toString() === peer)
    const manifests = shelves.linksOf(community)
    if (connection === undefined || manifests.length === 0) return
    try {
      const stream = await connection.newStream(ACQUAINTANCE_PROTOCOL, {
        ...streams,
        signal: AbortSignal.timeout(answerAtMost),
      })
      const bytes = new ByteStream(stream)
      const cancel = clock.setTimer(answerAtMost, () => bytes.abort(new Error('It took too long.')))
      try {
        await bytes.write(encodeAcquaintanceQuestion({ port: portOf(host), manifests }))
        const told = decodeAcquaintanceAnswer(await message(bytes))
        bytes.end()
        swarm.addHints(community, told, 'hearsay')
      } catch (error) {
        bytes.abort(new Error('failed'))
        this.#options.onGarbled(peer, 'acquaintances', error)
      } finally {
        cancel()
      }
    } catch {
      // A node of another kind, or one that goes: who needs it less is asked less.
      const asked = this.#asked.get(community)
      const last = pauses.at(-1) ?? 0
      asked?.set(peer, { times: pauses.length, notBefore: clock.now() + last })
    }
  }

  async #onQuestion({ stream, connection }: IncomingStreamData): Promise<void> {
    const { clock } = this.#options
    const bytes = new ByteStream(stream)
    const peer = connection.remotePeer.toString()
    const cancel = clock.setTimer(answerAtMost, () => bytes.abort(new Error('It took too long.')))
    try {
      const { port, manifests } = decodeAcquaintanceQuestion(await message(bytes))
      const told = this.#isTooMuch(peer) ? [] : this.#answer(connection, port, manifests)
      await bytes.write(encodeAcquaintanceAnswer(told))
      bytes.end()
    } catch (error) {
      bytes.abort(error instanceof Error ? error : new Error(String(error)))
      this.#options.onGarbled(peer, 'acquaintances', error)
    } finally {
      cancel()
    }
  }

  #answer(connection: Connection, port: number, manifests: readonly string[]): string[] {
    const { swarm, shelves, reach } = this.#options
    const community = manifests.map((cid) => shelves.communityOf(cid)).find((each) => each !== null)
    if (community === undefined || community === null) return []
    const asker = connection.remotePeer.toString()
    const [, ip, host = ''] = connection.remoteAddr.toString().split('/')
    // Whoever is elsewhere can do nothing with an address of this machine, and need not know it.
    const isHere = withinReach(host, 'machine')
    const others = swarm.acquaintances(community).filter(({ peer, address }) => {
      const [, , at = ''] = address.split('/')
      return peer !== asker && withinReach(at, reach) && (isHere || !withinReach(at, 'machine'))
    })
    if (port > 0) swarm.addHints(community, [`/${ip}/${host}/tcp/${port}/p2p/${asker}`], 'itself')
    return shuffled(others)
      .slice(0, MAX_TOLD_ADDRESSES)
      .map(({ address }) => address)
  }

  #isTooMuch(peer: string): boolean {
    const now = this.#options.clock.now()
    if (now - this.#questionsSince > 60_000) {
      this.#questions.clear()
      this.#questionsSince = now
    }
    const count = (this.#questions.get(peer) ?? 0) + 1
    this.#questions.set(peer, count)
    return count > questionsAtMost
  }
}

const noteOf = (community: CommunityId) => `peers ${community}`

function remembered(note: string | null): string[] {
  const found: unknown = note === null ? [] : JSON.parse(note)
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : []
}

async function message(bytes: ByteStream): Promise<Uint8Array> {
  const [low = 0, high = 0] = await bytes.read(2)
  const length = low + 256 * high
  if (length > MAX_ACQUAINTANCE_BYTES) throw new WireError('TOO_LARGE', `a message of ${length} bytes about peers`)
  return await bytes.read(length)
}

function shuffled<T>(list: readonly T[]): T[] {
  const order = list.map((each) => ({ each, at: Math.random() }))
  return order.toSorted((a, b) => a.at - b.at).map(({ each }) => each)
}
