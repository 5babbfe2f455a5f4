/**
 * How a person becomes a member, and stops being one; how they read without being one. Joining goes on by itself until
 * it is answered, through restarts and hours without a network: find the description, ask, and ask again at growing
 * intervals. Reading needs the description alone. PROTOCOL.md §10.
 */
import type { ArchiveLink, CommunityId, Generation, Millis, Seconds } from '../../shared/domain.ts'
import { wait } from '../clock.ts'
import type { Control } from '../messages/index.ts'
import { type CommunityDescription, classifyLink, contactDiscoveryChatId, contentTopicOf } from '../wire/index.ts'
import type { Composer } from './composing.ts'
import { CommunityError } from './errors.ts'
import type { GroupKeys } from './group-keys.ts'
import { CLOCK_TOLERANCE } from './judge.ts'
import { KeyIntake } from './key-intake.ts'
import type { CommunityChange, Known } from './known.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import type { Registry } from './registry.ts'
import { isOpenToRead } from './roles.ts'

/** ms that a store node keeps messages at most. */
const STORE_KEEPS = 30 * 24 * 3600 * 1000
/** ms between searches for a description that is not in the store network yet. */
const SEARCH_AGAIN = [5_000, 15_000, 60_000, 300_000] as const
/** ms between requests that nobody answers. */
const ASK_AGAIN = [20_000, 60_000, 300_000, 1_800_000, 3_600_000] as const

interface Run {
  readonly stop: AbortController
  /** Lets the run look at once. */
  wake: () => void
  readonly done: Promise<void>
}

export class Member {
  readonly #parts: CommunitiesParts
  readonly #registry: Registry
  readonly #composer: Composer
  readonly #emit: Emit
  readonly #runs = new Map<CommunityId, Run>()
  /** Where the group keys of encrypted communities come in. */
  readonly keys: KeyIntake

  constructor(parts: CommunitiesParts, registry: Registry, composer: Composer, emit: Emit, groupKeys: GroupKeys) {
    this.#parts = parts
    this.#registry = registry
    this.#composer = composer
    this.#emit = emit
    const { identity, clock } = parts
    this.keys = new KeyIntake({
      registry,
      groupKeys,
      identity,
      clock,
      unlocked: (communityId) => this.#describeAgain(communityId),
      ask: (communityId) => this.#ask(communityId, 'joined'),
    })
  }

  /** Goes on with what was being joined, or looked for, when the program stopped. */
  start(): void {
    for (const known of this.#registry.all()) {
      const { row, locked } = known
      // Its key came, and the node ended before that had all its consequences.
      if (row.readable !== null && !locked) {
        void this.#registry
          .inTurn(row.id, () => this.#describeAgain(row.id))
          .catch((error: unknown) => this.#emit('failed', { communityId: row.id, error }))
      }
      if (isUnderWay(known)) this.#run(row.id)
    }
  }

  async stop(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const run of runs) run.stop.abort(new Error('logged out'))
    await Promise.all(runs.map(({ done }) => done))
  }

  /** Begins to join; resolves when that is stored and the community is listened to. */
  async join(communityId: CommunityId, generation: Generation = 'N2'): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      const known = this.#registry.find(communityId)
      if (known === null) {
        const row = { id: communityId, role: 'member', membership: 'requested', generation } as const
        const { clock, random } = this.#parts
        const rest = { historyArchives: true, sealedKey: null, deviceId: random(16), createdAt: clock.now() }
        await this.#registry.add({ ...row, ...rest }, {})
      } else if (known.row.membership === 'none' || known.row.membership === 'left') {
        if (this.#lists(known)) await this.#becomes(communityId, 'joined')
        else {
          const requested = { at: known.row.requestedAt, requests: 0 }
          await this.#registry.change(communityId, { membership: 'requested', ended: '', spectating: false, requested })
        }
      }
    })
    if (isUnderWay(this.#registry.get(communityId))) this.#run(communityId)
  }

  /**
   * Begins to read without being a member, where the community allows it; nothing changes for a member, or for who asked
   * to be one. Resolves when that is stored. @throws CommunityError `members-only` where the description says so already
   */
  async spectate(communityId: CommunityId, generation: Generation = 'N2'): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      const known = this.#registry.find(communityId)
      if (known === null) {
        const row = { id: communityId, role: 'member', membership: 'none', spectating: true, generation } as const
        const { clock, random } = this.#parts
        const rest = { historyArchives: true, sealedKey: null, deviceId: random(16), createdAt: clock.now() }
        await this.#registry.add({ ...row, ...rest }, {})
        return
      }
      const { membership, spectating } = known.row
      if (membership === 'joined' || membership === 'requested' || (membership === 'none' && spectating)) return
      if (known.description !== null && !isOpenToRead(known.description)) {
        throw new CommunityError('members-only', 'Only members read this community: ask to join it.')
      }
      await this.#registry.change(communityId, { membership: 'none', ended: '', spectating: true })
      if (known.description !== null) this.#emit('reading', { communityId })
    })
    if (isUnderWay(this.#registry.get(communityId))) this.#run(communityId)
  }

  /** Tells the owner, once, and stops listening. What was read stays. @throws CommunityError `owner-stays` */
  async leave(communityId: CommunityId): Promise<void> {
    const { row } = this.#registry.get(communityId)
    if (row.role === 'owner') {
      throw new CommunityError(
        'owner-stays',
        'The owner cannot leave: the community would have nobody to answer for it.',
      )
    }
    this.#runs.get(communityId)?.stop.abort(new Error('left'))
    await this.#registry.inTurn(communityId, async () => {
      const { membership, generation, requestedAt, descriptionClock } = this.#registry.get(communityId).row
      if (membership === 'left') return
      const shards = bothShards(generation)
      const clock = Math.max(this.#now(), Math.floor(requestedAt / 1000) + 1) as Seconds
      if (membership === 'requested') {
        // It may have been granted already: then the leave counts, and where it was not, this does.
        const cancelClock = Math.max(this.#parts.clock.now(), descriptionClock) as Millis
        await this.#parts.send(this.#composer.cancelRequest(communityId, shards, cancelClock))
      }
      const told = membership === 'joined' || membership === 'requested'
      if (told) await this.#parts.send(this.#composer.leave(communityId, shards, clock))
      const requested = { at: told ? ((clock * 1000) as Millis) : requestedAt, requests: 0 }
      await this.#registry.change(communityId, { membership: 'left', ended: '', spectating: false, requested })
    })
  }

  async onDescription(control: Control<'community-description'>): Promise<void> {
    const { communityId, bytes } = control
    await this.#registry.inTurn(communityId, async () => {
      const known = this.#registry.find(communityId)
      if (known === null || known.row.membership === 'left') return
      await this.keys.around(control, bytes, () => this.#describe(communityId, bytes))
    })
    this.#runs.get(communityId)?.wake()
  }

  /** The embedded description first: it says whether the answer is for this person at all. Then the link. */
  async onJoinResponse(control: Control<'request-to-join-response'>): Promise<void> {
    const { communityId, message } = control
    await this.#registry.inTurn(communityId, async () => {
      const known = this.#registry.find(communityId)
      const { membership = 'none', role = 'member' } = known?.row ?? {}
      if (known === null || role === 'owner' || (membership !== 'requested' && membership !== 'joined')) return
      if (!message.accepted) {
        // R4.6: an old refusal, sent again, does not end a new request.
        const { refusedClock } = known.row
        if (membership !== 'requested' || message.clock <= refusedClock || this.#fromFuture(message.clock)) return
        const requested = { at: known.row.requestedAt, requests: 0 }
        await this.#ends(communityId, { ended: 'refused', refusedClock: message.clock as Millis, requested })
        return
      }
      const embedded = message.communityDescriptionProtocolMessage
      const verdict = await this.keys.around(control, embedded, () => this.#describe(communityId, embedded))
      const now = this.#registry.get(communityId)
      if (now.row.membership !== 'joined' || message.archiveLink === '') return
      const described = verdict?.verdict === 'accepted' ? verdict.archiveClock : 0
      const clock = Math.max(described, message.clock) as Millis
      if (classifyLink(message.archiveLink) === null || this.#fromFuture(clock)) return
      this.#emit('link', { communityId, link: message.archiveLink as ArchiveLink, clock })
    })
    this.#runs.get(communityId)?.wake()
  }

  /** A kick that is older than the description which lists this person is a replay (R4.6). */
  async onKicked({ communityId, message }: Control<'user-kicked'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      const known = this.#registry.find(communityId)
      if (known === null || known.row.role === 'owner' || known.row.membership !== 'joined') return
      const listed = known.description?.members.has(this.#parts.identity.contactId) ?? false
      if (listed && message.clock < known.membersClock) return
      await this.#ends(communityId, { ended: 'removed' })
    })
  }

  /** Takes a description over, and what it means for this person. Inside `inTurn`. */
  async #describe(communityId: CommunityId, bytes: Uint8Array, again = false) {
    const me = this.#parts.identity.contactId
    const { row } = this.#registry.get(communityId)
    const consequences = (description: CommunityDescription): CommunityChange => {
      const listed = description.members.has(me)
      // What its own owner hears of it was published: here before a backup was restored, or elsewhere (R1.3).
      if (row.role === 'owner')
        return { published: { clock: description.clock as Millis, at: this.#parts.clock.now() } }
      if (row.membership === 'requested' && listed) return { membership: 'joined', ended: '' }
      if (row.membership === 'joined' && !listed && description.members.size > 0)
        return { membership: 'none', ended: 'removed' }
      return {}
    }
    const { description: before } = this.#registry.get(communityId)
    const verdict = await this.#registry.describe(communityId, bytes, consequences, again)
    const { row: now, description } = this.#registry.get(row.id)
    if (now.membership !== row.membership)
      this.#emit(now.membership === 'joined' ? 'joined' : 'removed', { communityId: row.id })
    // The first description that a reader sees, or the first that lets them read.
    const couldRead = before !== null && isOpenToRead(before)
    if (isReading(now) && !couldRead && description !== null && isOpenToRead(description))
      this.#emit('reading', { communityId: row.id })
    return verdict
  }

  /** The description we have can be read only now. Inside `inTurn`. */
  async #describeAgain(communityId: CommunityId): Promise<void> {
    const { description } = this.#registry.get(communityId).row
    if (description !== null) await this.#describe(communityId, description, true)
  }

  async #becomes(communityId: CommunityId, membership: 'joined'): Promise<void> {
    await this.#registry.change(communityId, { membership, ended: '', spectating: false })
    this.#emit('joined', { communityId })
  }

  async #ends(communityId: CommunityId, change: CommunityChange): Promise<void> {
    await this.#registry.change(communityId, { ...change, membership: 'none' })
    this.#emit('removed', { communityId })
  }

  #run(communityId: CommunityId): void {
    if (this.#runs.has(communityId)) return
    const run: { -readonly [K in keyof Run]: Run[K] } = {
      stop: new AbortController(),
      wake: () => {},
      done: Promise.resolve(),
    }
    this.#runs.set(communityId, run)
    run.done = this.#joining(communityId, run)
      .catch((error: unknown) => {
        if (!run.stop.signal.aborted) this.#emit('failed', { communityId, error })
      })
      .finally(() => {
        if (this.#runs.get(communityId) === run) this.#runs.delete(communityId)
      })
  }

  async #joining(communityId: CommunityId, run: Run): Promise<void> {
    const { signal } = run.stop
    if (this.#registry.get(communityId).row.requests > 0) await this.#lookForAnswer(communityId, signal)
    for (let searches = 0; ; searches++) {
      if (this.#registry.find(communityId)?.description === null) await this.#search(communityId, signal)
      const known = this.#registry.find(communityId)
      if (signal.aborted || known === null || !isUnderWay(known)) return
      if (known.description === null) {
        await this.#pause(pick(SEARCH_AGAIN, searches), run)
      } else if (this.#lists(known)) {
        await this.#registry.inTurn(communityId, () => this.#becomes(communityId, 'joined'))
        return
      } else {
        const { requestedAt, requests } = known.row
        const rest = requests === 0 ? 0 : requestedAt + pick(ASK_AGAIN, requests - 1) - this.#parts.clock.now()
        if (rest > 0) await this.#pause(rest, run)
        else await this.#ask(communityId)
      }
    }
  }

  /** The newest description of the last 30 days; the inbox hands it to `onDescription`. */
  async #search(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const to = this.#parts.clock.now()
    await this.#ask30Days(communityId, contentTopicOf(communityId), (to - STORE_KEEPS) as Millis, signal)
  }

  /** What the owner answered while this node was off. */
  async #lookForAnswer(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const topic = contentTopicOf(contactDiscoveryChatId(this.#parts.identity.publicKey))
    const { requestedAt } = this.#registry.get(communityId).row
    const from = Math.max(requestedAt - 60_000, this.#parts.clock.now() - STORE_KEEPS) as Millis
    await this.#ask30Days(communityId, topic, from, signal)
  }

  async #ask30Days(
    communityId: CommunityId,
    topic: ReturnType<typeof contentTopicOf>,
    from: Millis,
    signal: AbortSignal,
  ) {
    try {
      await this.#parts.catchUp({ topics: [topic], from, to: this.#parts.clock.now(), signal })
    } catch (error) {
      if (!signal.aborted) this.#emit('failed', { communityId, error })
    }
  }

  /** The first request goes where this generation's owners listen; unanswered, also where the others do. */
  #ask(communityId: CommunityId, as: 'requested' | 'joined' = 'requested'): Promise<void> {
    return this.#registry.inTurn(communityId, async () => {
      const { membership, requests, requestedAt, generation } = this.#registry.get(communityId).row
      if (membership !== as) return
      const clock = Math.max(this.#now(), Math.floor(requestedAt / 1000) + 1) as Seconds
      const generations = requests === 0 ? [generation] : bothShards(generation)
      await this.#parts.send(this.#composer.joinRequest(communityId, generations, clock))
      const at = this.#parts.clock.now()
      await this.#registry.change(communityId, { requested: { at, requests: requests + 1 } })
    })
  }

  /** Ends early when there is news. */
  async #pause(ms: number, run: Run): Promise<void> {
    const awake = new AbortController()
    run.wake = () => awake.abort()
    const either = AbortSignal.any([awake.signal, run.stop.signal])
    await wait(this.#parts.clock, ms, either).catch(() => {})
    run.wake = () => {}
  }

  /** By the newest description: one that cannot be read lists nobody. */
  #lists({ description, locked }: Known): boolean {
    return !locked && description?.members.has(this.#parts.identity.contactId) === true
  }

  #fromFuture(ms: number): boolean {
    return ms > this.#parts.clock.now() + CLOCK_TOLERANCE
  }

  #now(): number {
    return Math.floor(this.#parts.clock.now() / 1000)
  }
}

const isReading = ({ membership, spectating }: Known['row']): boolean => membership === 'none' && spectating

/** Asked and not answered, or to be read and not found. */
const isUnderWay = ({ row, description }: Known): boolean =>
  row.membership === 'requested' || (isReading(row) && description === null)

const bothShards = (generation: Generation): Generation[] => [generation, generation === 'N2' ? 'N' : 'N2']

function pick(delays: readonly number[], index: number): number {
  return delays[Math.min(index, delays.length - 1)] ?? 0
}
