/**
 * Every community of this profile in memory, as the store has it, and the one way of changing one: a step at a time for
 * each community, stored before it counts, and then listened to anew. Holds the unsealed keys of owned communities.
 */
import type { CommunityId, CommunityState, Millis } from '../../shared/domain.ts'
import { chainOf, findGroupKey, messageKeys, walkTo } from '../messages/index.ts'
import { type CommunityDescription, hexToBytes, isPrivateKey } from '../wire/index.ts'
import { channelsInOrder } from './channels.ts'
import { CommunityError } from './errors.ts'
import { asOffers, type GroupKeys, type OfferedKey } from './group-keys.ts'
import { type DescriptionVerdict, judgeDescription, readDescription } from './judge.ts'
import type { CommunityChange, CommunityRow, Known, NewCommunity } from './known.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import { namedKeys, reveal, withPrivatePartOf } from './private-part.ts'
import { membersOf } from './roles.ts'
import { listenedChats } from './topics.ts'
import { contextOf, stateOf } from './view.ts'

/** Who hears what is said in it; the others hear what becomes of it. Who asked hears what is said until the answer. */
const READS: ReadonlySet<CommunityState> = new Set(['joined', 'requested', 'reading', 'unknown'])

export const keyLabel = (communityId: CommunityId) => `community key ${communityId}`

export class Registry {
  readonly #parts: CommunitiesParts
  readonly #emit: Emit
  readonly #known = new Map<CommunityId, Known>()
  readonly #keys = new Map<CommunityId, Uint8Array>()
  readonly #turns = new Map<CommunityId, Promise<unknown>>()
  readonly #groupKeys: GroupKeys

  constructor(parts: CommunitiesParts, emit: Emit, groupKeys: GroupKeys) {
    this.#parts = parts
    this.#emit = emit
    this.#groupKeys = groupKeys
  }

  /** Reads the store and listens to everything that was not left; one that cannot be listened to stops no other. */
  async load(): Promise<void> {
    for (const row of await this.#parts.store.list()) this.#known.set(row.id, await this.#read(row))
  }

  async listenToAll(): Promise<void> {
    for (const { row } of this.all()) {
      if (row.membership === 'left') continue
      await this.listen(row.id).catch((error: unknown) => this.#emit('failed', { communityId: row.id, error }))
    }
  }

  all(): Known[] {
    return [...this.#known.values()]
  }

  find(communityId: CommunityId): Known | null {
    return this.#known.get(communityId) ?? null
  }

  /** @throws CommunityError `unknown-community` */
  get(communityId: CommunityId): Known {
    const known = this.#known.get(communityId)
    if (known !== undefined) return known
    throw new CommunityError('unknown-community', 'This community is not in this profile.')
  }

  /** @throws CommunityError `unknown-community`, `not-owner`, `no-description`, `no-key` */
  owned(communityId: CommunityId): Known & { readonly description: CommunityDescription } {
    const known = this.get(communityId)
    if (known.row.role !== 'owner') throw new CommunityError('not-owner', 'Only the owner of a community can do this.')
    const { description, locked } = known
    if (description === null) throw new CommunityError('no-description', 'The community has no description yet.')
    // Whoever is in it cannot be read: publishing it anew would put everybody out.
    if (locked) throw new CommunityError('no-key', 'The group key of this community is not here yet.')
    return { ...known, description }
  }

  /** The private key of an owned community: the live buffer, zeroed by `close`. @throws CommunityError `not-owner` */
  key(communityId: CommunityId): Uint8Array {
    const open = this.#keys.get(communityId)
    if (open !== undefined) return open
    const { sealedKey } = this.get(communityId).row
    if (sealedKey === null) throw new CommunityError('not-owner', 'Only the owner of a community can do this.')
    const key = this.#parts.identity.open(sealedKey, keyLabel(communityId))
    if (!isPrivateKey(key)) throw new CommunityError('not-owner', 'The stored key of the community is damaged.')
    this.#keys.set(communityId, key)
    return key
  }

  /** One step at a time for each community, in the order of the calls; a failed step does not stop the next. */
  inTurn<T>(communityId: CommunityId, step: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(communityId) ?? Promise.resolve()
    const turn = before.then(step, step)
    this.#turns.set(
      communityId,
      turn.catch(() => {}),
    )
    return turn
  }

  /** False if it was known already. Inside `inTurn`. */
  async add(row: NewCommunity, change: CommunityChange): Promise<boolean> {
    const added = await this.#parts.store.add(row, change)
    await this.#refresh(row.id)
    return added
  }

  /** Stores a change; false if it came too late (an older description, a request already handled). Inside `inTurn`. */
  async change(communityId: CommunityId, change: CommunityChange): Promise<boolean> {
    const applied = await this.#parts.store.apply({ ...change, communityId })
    await this.#refresh(communityId)
    return applied
  }

  /**
   * Judges a description and takes it over if it is the newest; `again`: also if it is the one we have, since a key has
   * come for it. `more` goes into the same transaction; it is not asked about one whose members cannot be read. Inside
   * `inTurn`.
   */
  async describe(
    communityId: CommunityId,
    message: Uint8Array,
    more: (description: CommunityDescription) => CommunityChange = () => ({}),
    again = false,
  ): Promise<DescriptionVerdict> {
    const { row } = this.get(communityId)
    const known = { message: again ? null : row.description, clock: row.descriptionClock }
    const verdict = judgeDescription(communityId, message, known, this.#parts.clock.now())
    if (verdict.verdict === 'held') this.#emit('held', { communityId, clock: verdict.clock })
    if (verdict.verdict !== 'accepted') return verdict
    const { archiveClock } = verdict
    const { description, locked } = await this.#reveal(communityId, verdict.description)
    const before = again ? await this.#readable(row) : this.get(communityId).description
    const described = this.described(communityId, message, description, locked, before)
    const change = { ...described, archiveClock, ...(locked ? {} : more(description)) }
    const applied = await this.change(communityId, change)
    return applied ? verdict : { verdict: 'refused', reason: 'older' }
  }

  /** A description as a change, with who left by it. */
  described(
    communityId: CommunityId,
    message: Uint8Array,
    description: CommunityDescription,
    locked = false,
    before = this.find(communityId)?.description ?? null,
  ): CommunityChange {
    const members = membersOf(description)
    // One whose members cannot be read: that is not everybody leaving.
    const left = before === null || members.size === 0 ? [] : [...membersOf(before)].filter((one) => !members.has(one))
    return { description: { message, clock: description.clock as Millis, members: [...members], left, locked } }
  }

  /** Keeps group keys that are believed; true if there are new ones, and then everything is read again. Inside `inTurn`. */
  async learn(communityId: CommunityId, offered: readonly OfferedKey[]): Promise<boolean> {
    const since = await this.#groupKeys.learn(communityId, offered)
    if (since === null) return false
    await this.#refresh(communityId)
    this.#emit('keys', { communityId, since })
    return true
  }

  /** Tells the inbox what to listen to for it, and who is who. */
  async listen(communityId: CommunityId): Promise<void> {
    const known = this.get(communityId)
    const { identity } = this.#parts
    const channels = known.description === null ? [] : channelsInOrder(known.description)
    const chats = listenedChats(communityId, channels, {
      publicKey: identity.publicKey,
      privateKey: identity.privateKey(),
      communityKey: known.row.role === 'owner' ? this.key(communityId) : null,
      content: READS.has(stateOf(known)),
    })
    await this.#parts.listen({ ...contextOf(known, 'live'), chats })
  }

  /** Waits for every step under way, then zeroes the keys. */
  async close(): Promise<void> {
    await Promise.all(this.#turns.values())
    for (const key of this.#keys.values()) key.fill(0)
    this.#keys.clear()
    this.#groupKeys.close()
    this.#known.clear()
  }

  async #refresh(communityId: CommunityId): Promise<void> {
    const row = await this.#parts.store.get(communityId)
    if (row === null) return
    const before = this.#known.get(communityId)
    const known = await this.#read(row, before)
    this.#known.set(communityId, known)
    if (row.membership === 'left') await this.#parts.forget(communityId)
    else if (
      before === undefined ||
      before.description !== known.description ||
      before.groupKeys !== known.groupKeys ||
      stateOf(before) !== stateOf(known)
    )
      await this.listen(communityId)
    this.#emit('changed', { communityId })
  }

  async #read(row: CommunityRow, before?: Known): Promise<Known> {
    const message = row.description
    let groupKeys = await this.#groupKeys.load(row.id)
    const same =
      before !== undefined && sameBytes(before.row.description, message) && sameBytes(before.row.readable, row.readable)
    if (same && !(before.locked && before.groupKeys !== groupKeys)) return { ...before, row, groupKeys }
    const former = new Set(await this.#parts.store.former(row.id))
    const read = message === null ? null : readDescription(row.id, message)
    if (read === null || typeof read === 'string')
      return { row, description: null, locked: false, membersClock: 0 as Millis, former, groupKeys }
    const { description, locked } = await this.#reveal(row.id, read)
    // The community's signature covers its private part, and so the keys in it.
    const since = await this.#groupKeys.learn(row.id, asOffers(hexToBytes(row.id), description.earlierKeys))
    if (since !== null) {
      groupKeys = this.#groupKeys.of(row.id)
      this.#emit('keys', { communityId: row.id, since })
    }
    if (!locked) return { row, description, locked, membersClock: read.clock as Millis, former, groupKeys }
    const older = await this.#readable(row)
    const whole = older === null ? description : withPrivatePartOf(description, older)
    return { row, description: whole, locked, membersClock: (older?.clock ?? 0) as Millis, former, groupKeys }
  }

  /** The last description that could be read, beside one that waits for its key. */
  async #readable(row: CommunityRow): Promise<CommunityDescription | null> {
    const read = row.readable === null ? null : readDescription(row.id, row.readable)
    if (read === null || typeof read === 'string') return null
    const { description, locked } = await this.#reveal(row.id, read)
    return locked ? null : description
  }

  async #reveal(communityId: CommunityId, description: CommunityDescription) {
    const groupKeys = this.#groupKeys.of(communityId)
    for (const { keyId, seqNo } of namedKeys(description)) {
      const key = findGroupKey(groupKeys, keyId)
      if (key !== null) await walkTo(chainOf(key), seqNo)
    }
    return reveal(description, messageKeys(groupKeys))
  }
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0)
}
