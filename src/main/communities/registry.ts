/**
 * Every community of this profile in memory, as the store has it, and the one way of changing one: a step at a time for
 * each community, stored before it counts, and then listened to anew. Holds the unsealed keys of owned communities.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { type CommunityDescription, isPrivateKey } from '../wire/index.ts'
import { channelsInOrder } from './description.ts'
import { CommunityError } from './errors.ts'
import { type DescriptionVerdict, judgeDescription, readDescription } from './judge.ts'
import type { CommunityChange, CommunityRow, Known, NewCommunity } from './known.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import { membersOf } from './roles.ts'
import { listenedChats } from './topics.ts'
import { contextOf } from './view.ts'

export const keyLabel = (communityId: CommunityId) => `community key ${communityId}`

export class Registry {
  readonly #parts: CommunitiesParts
  readonly #emit: Emit
  readonly #known = new Map<CommunityId, Known>()
  readonly #keys = new Map<CommunityId, Uint8Array>()
  readonly #turns = new Map<CommunityId, Promise<unknown>>()

  constructor(parts: CommunitiesParts, emit: Emit) {
    this.#parts = parts
    this.#emit = emit
  }

  /** Reads the store and listens to everything that was not left; one that cannot be listened to stops no other. */
  async load(): Promise<void> {
    for (const row of await this.#parts.store.list()) {
      this.#known.set(row.id, await this.#read(row))
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

  /** @throws CommunityError `unknown-community`, `not-owner` */
  owned(communityId: CommunityId): Known & { readonly description: CommunityDescription } {
    const known = this.get(communityId)
    if (known.row.role !== 'owner') throw new CommunityError('not-owner', 'Only the owner of a community can do this.')
    const { description } = known
    if (description === null) throw new CommunityError('no-description', 'The community has no description yet.')
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
   * Judges a description and takes it over if it is the newest. `more` goes into the same transaction.
   * Inside `inTurn`.
   */
  async describe(
    communityId: CommunityId,
    message: Uint8Array,
    more: (description: CommunityDescription) => CommunityChange = () => ({}),
  ): Promise<DescriptionVerdict> {
    const { row } = this.get(communityId)
    const known = { message: row.description, clock: row.descriptionClock }
    const verdict = judgeDescription(communityId, message, known, this.#parts.clock.now())
    if (verdict.verdict === 'held') this.#emit('held', { communityId, clock: verdict.clock })
    if (verdict.verdict !== 'accepted') return verdict
    const { description, archiveClock } = verdict
    const change = { ...this.described(communityId, message, description), archiveClock, ...more(description) }
    const applied = await this.change(communityId, change)
    return applied ? verdict : { verdict: 'refused', reason: 'older' }
  }

  /** A description as a change, with who left by it. */
  described(communityId: CommunityId, message: Uint8Array, description: CommunityDescription): CommunityChange {
    const members = membersOf(description)
    const before = this.find(communityId)?.description
    // An encrypted community lists nobody in the clear: that is not everybody leaving.
    const left = before == null || members.size === 0 ? [] : [...membersOf(before)].filter((one) => !members.has(one))
    return { description: { message, clock: description.clock as Millis, members: [...members], left } }
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
    })
    await this.#parts.listen({ ...contextOf(known, 'live'), chats })
  }

  /** Waits for every step under way, then zeroes the keys. */
  async close(): Promise<void> {
    await Promise.all(this.#turns.values())
    for (const key of this.#keys.values()) key.fill(0)
    this.#keys.clear()
    this.#known.clear()
  }

  async #refresh(communityId: CommunityId): Promise<void> {
    const row = await this.#parts.store.get(communityId)
    if (row === null) return
    const before = this.#known.get(communityId)
    const known = await this.#read(row, before)
    this.#known.set(communityId, known)
    if (row.membership === 'left') await this.#parts.forget(communityId)
    else if (before?.description !== known.description || before?.row.membership === 'left')
      await this.listen(communityId)
    this.#emit('changed', { communityId })
  }

  async #read(row: CommunityRow, before?: Known): Promise<Known> {
    const message = row.description
    if (before !== undefined && sameBytes(before.row.description, message)) return { ...before, row }
    const read = message === null ? null : readDescription(row.id, message)
    const former = new Set(await this.#parts.store.former(row.id))
    return { row, description: typeof read === 'string' ? null : read, former }
  }
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0)
}
