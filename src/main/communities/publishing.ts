/**
 * Publishing a community's description: on every change, and once a day although nothing changed, so that who comes
 * new finds one in the store network. PROTOCOL.md §5.7, §10 step 2.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { Envelope } from '../messages/index.ts'
import type { OutboxEntry } from '../waku/network.ts'
import type { CommunityDescription } from '../wire/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { Composer } from './composing.ts'
import { nextClock, withArchiveClock } from './description.ts'
import type { GroupKeys } from './group-keys.ts'
import type { CommunityChange } from './known.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import type { Registry } from './registry.ts'
import { Signing } from './signing.ts'

/** ms between publications of a description that nobody changed, and between looks at whether one is due. §5.7. */
const ADVERTISE_EVERY = 24 * 3600 * 1000
const LOOK_EVERY = 5 * 60 * 1000

export class Publishing {
  readonly #parts: CommunitiesParts
  readonly #registry: Registry
  readonly #composer: Composer
  readonly #emit: Emit
  readonly #signing: Signing
  readonly #groupKeys: GroupKeys
  #cancelLook: () => void = () => {}

  constructor(parts: CommunitiesParts, registry: Registry, composer: Composer, emit: Emit, groupKeys: GroupKeys) {
    this.#signing = new Signing(parts, registry, composer, groupKeys)
    this.#groupKeys = groupKeys
    this.#parts = parts
    this.#registry = registry
    this.#composer = composer
    this.#emit = emit
  }

  /** Publishes what was changed but not sent, and from then on whatever is due. */
  start(): void {
    const look = async () => {
      for (const { row, description } of this.#registry.all()) {
        // One that was just adopted may not know its description yet.
        if (row.role !== 'owner' || description === null) continue
        await this.#look(row.id).catch((error: unknown) => this.#emit('failed', { communityId: row.id, error }))
      }
    }
    const tick = () => {
      this.#cancelLook = this.#parts.clock.setTimer(LOOK_EVERY, tick)
      void look()
    }
    tick()
  }

  stop(): void {
    this.#cancelLook()
  }

  /** The first description of a new community, to be stored with it. */
  first(communityId: CommunityId, description: CommunityDescription, communityKey: Uint8Array): CommunityChange {
    return this.#signing.first(communityId, description, communityKey)
  }

  /** The description as it would be sent now, and the change that must be stored with it. */
  async compose(communityId: CommunityId): Promise<{ entries: OutboxEntry[]; change: CommunityChange }> {
    const { row, description } = this.#registry.owned(communityId)
    const at = this.#parts.clock.now()
    // From the store: the transaction that recorded a publication wrote it there (R1.1 step 4).
    const stored = await this.#parts.store.get(communityId)
    const current = withArchiveClock(description, stored?.archiveClock ?? row.archiveClock, at)
    const from = { generation: row.generation, key: this.#registry.key(communityId) }
    const described = await this.#signing.changed(communityId, current)
    const message = described.description?.message ?? row.description ?? new Uint8Array()
    const envelope = await this.#signing.envelope(communityId, current)
    const entries = await this.#composer.description(communityId, from, message, envelope, at)
    return { entries, change: { ...described, published: { clock: current.clock as Millis, at } } }
  }

  /** What an answer to one person is sent in. */
  answerIn(communityId: CommunityId): Envelope {
    return this.#signing.answer(communityId, this.#registry.owned(communityId).description)
  }

  /** Inside `inTurn`. What is marked as published is in the outbox; a crash in between publishes once more. */
  async publish(communityId: CommunityId): Promise<void> {
    const { entries, change } = await this.compose(communityId)
    const { published, ...described } = change
    if (described.description !== undefined) await this.#registry.change(communityId, described)
    await this.#parts.send(entries)
    if (published !== undefined) await this.#registry.change(communityId, { published })
  }

  /**
   * Stores `next` as the newest description, with what goes with it in one transaction; where it is the description there
   * is, only that. False if it came too late. Inside `inTurn`.
   */
  async store(communityId: CommunityId, next: CommunityDescription, more: CommunityChange = {}): Promise<boolean> {
    return this.#change(communityId, { ...(await this.#signing.changed(communityId, next)), ...more })
  }

  /**
   * Changes the description and publishes it; nothing happens where nothing changes. `after` runs when it is stored and
   * in the outbox.
   */
  command(
    communityId: CommunityId,
    change: (description: CommunityDescription, clock: Millis) => CommunityDescription,
    after: (before: CommunityDescription) => Promise<void> = async () => {},
  ): Promise<void> {
    return this.#registry.inTurn(communityId, async () => {
      const { description } = this.#registry.owned(communityId)
      const next = change(description, nextClock(description, this.#parts.clock.now()))
      if (next === description) return
      await this.store(communityId, next)
      await this.publish(communityId)
      await after(description)
    })
  }

  async #look(communityId: CommunityId): Promise<void> {
    if (this.#groupKeys.isUsedUp(communityId)) await this.#rekey(communityId)
    const { row } = this.#registry.get(communityId)
    // One look before 24 h are over: the next one would be after them.
    const due = this.#parts.clock.now() - row.publishedAt > ADVERTISE_EVERY - LOOK_EVERY
    if (row.publishedClock === row.descriptionClock && !due) return
    await this.#registry.inTurn(communityId, () => this.publish(communityId))
  }

  /** A new group key is in the same transaction as the description that is under it. */
  async #change(communityId: CommunityId, change: CommunityChange): Promise<boolean> {
    const rekeys = change.groupKeys !== undefined
    if (rekeys) crashPoint('groupkeys.rekey:before')
    const applied = await this.#registry.change(communityId, change)
    if (rekeys) crashPoint('groupkeys.rekey:after')
    return applied
  }

  async #rekey(communityId: CommunityId): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      const { description } = this.#registry.owned(communityId)
      const next = { ...description, clock: nextClock(description, this.#parts.clock.now()) }
      await this.#change(communityId, await this.#signing.changed(communityId, next, true))
      await this.publish(communityId)
    })
  }
}
