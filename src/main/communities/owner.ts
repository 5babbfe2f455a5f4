/** What the owner of a community does: creates it, changes it, publishes its description, answers who asks to join. */
import type { CommunityId, ContactId, Generation, Millis, Seconds } from '../../shared/domain.ts'
import type { Control } from '../messages/index.ts'
import type { OutboxEntry } from '../waku/network.ts'
import { type CommunityDescription, communityIdOf, isPrivateKey, publicKey } from '../wire/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { AnnouncementInput, Composer } from './composing.ts'
import {
  type CommunityText,
  channelUuid,
  firstDescription,
  type NewChannel,
  nextClock,
  withArchiveClock,
  withChannel,
  withMembers,
  withoutMember,
} from './description.ts'
import type { GroupKeys } from './group-keys.ts'
import { CLOCK_TOLERANCE } from './judge.ts'
import type { CommunityChange } from './known.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import { withMembersOnly } from './private-part.ts'
import { keyLabel, type Registry } from './registry.ts'
import { acceptsEveryone, bannedOf } from './roles.ts'
import { Signing } from './signing.ts'

/** ms between publications of a description that nobody changed, and between looks at whether one is due. §5.7. */
const ADVERTISE_EVERY = 24 * 3600 * 1000
const LOOK_EVERY = 5 * 60 * 1000

export interface CreateCommunity extends CommunityText {
  /** At least one; “general” if none is given. */
  readonly channels: readonly NewChannel[]
  readonly historyArchives: boolean
  readonly generation?: Generation
  /** Readable to members only; for good. RULES.md R6.1. */
  readonly encrypted?: boolean
}

export class Owner {
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
      for (const { row } of this.#registry.all()) {
        if (this.#groupKeys.isUsedUp(row.id)) await this.#rekey(row.id)
        const due = this.#parts.clock.now() - row.publishedAt >= ADVERTISE_EVERY
        if (row.role !== 'owner' || (row.publishedClock === row.descriptionClock && !due)) continue
        await this.publish(row.id).catch((error: unknown) => this.#emit('failed', { communityId: row.id, error }))
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

  async create({
    generation = 'N2',
    historyArchives,
    encrypted = false,
    ...input
  }: CreateCommunity): Promise<CommunityId> {
    const { identity, random, clock } = this.#parts
    const key = newKey(random)
    const communityId = communityIdOf(publicKey(key))
    const names = input.channels.length === 0 ? [{ name: 'general' }] : input.channels
    const plain = firstDescription({
      communityId,
      owner: identity.publicKey,
      text: input,
      channels: names.map((channel) => ({ ...channel, uuid: channelUuid(random(16)) })),
      clock: clock.now(),
    })
    const description = encrypted ? withMembersOnly(plain, channelUuid(random(16))) : plain
    const first = this.#signing.first(communityId, description, key)
    const row = {
      id: communityId,
      role: 'owner' as const,
      membership: 'joined' as const,
      generation,
      historyArchives,
      sealedKey: identity.seal(key, keyLabel(communityId)),
      deviceId: random(16),
      createdAt: clock.now(),
    }
    key.fill(0)
    await this.#registry.inTurn(communityId, async () => {
      await this.#registry.add(row, first)
      await this.#publish(communityId)
    })
    return communityId
  }

  /** One new description for all of them; none if they are all in it. Banned people are left out. */
  addMembers(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#command(communityId, (description, clock) => withMembers(description, people, clock))
  }

  addChannel(communityId: CommunityId, channel: NewChannel): Promise<void> {
    const uuid = channelUuid(this.#parts.random(16))
    return this.#command(communityId, (description, clock) => withChannel(description, { ...channel, uuid }, clock))
  }

  /** Sends the newest description again, with the newest archive clock in it. */
  publish(communityId: CommunityId): Promise<void> {
    return this.#registry.inTurn(communityId, () => this.#publish(communityId))
  }

  /** Sealed, not sent and not stored: for the transaction that records a publication. R1.1 step 4. */
  announcement(communityId: CommunityId, input: AnnouncementInput): Promise<OutboxEntry> {
    const { row } = this.#registry.owned(communityId)
    const from = { generation: row.generation, key: this.#registry.key(communityId), deviceId: row.deviceId }
    return this.#composer.announcement(communityId, from, input)
  }

  /** The description as it would be sent now, and the change that must be stored with it. */
  async description(communityId: CommunityId): Promise<{ entries: OutboxEntry[]; change: CommunityChange }> {
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

  /** Lets in who asks, and answers; asked again with a newer clock, it answers again with the link of then. */
  async onJoinRequest({ communityId, message, signer, id }: Control<'request-to-join'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      if (!this.#owns(communityId) || this.#fromFuture(message.clock)) return
      const { description, row } = this.#registry.owned(communityId)
      const member = description.members.has(signer)
      if (bannedOf(description).has(signer) || (!member && !acceptsEveryone(description))) return
      const next = withMembers(description, [signer], this.#nextClock(description))
      if (!(await this.#handle(communityId, { kind: 'join', signer, clock: message.clock }, next))) return
      const link = await this.#currentLink(communityId)
      const from = { generation: row.generation, key: this.#registry.key(communityId) }
      const now = this.#registry.owned(communityId)
      const answer = {
        clock: link?.clock ?? now.row.descriptionClock,
        link: link?.link ?? null,
        description: now.row.description ?? new Uint8Array(),
        envelope: this.#signing.answer(communityId, now.description),
      }
      await this.#parts.send(this.#composer.joinResponse(communityId, from, signer, answer, id))
      if (!member) await this.#publish(communityId)
    })
  }

  async onLeave({ communityId, message, signer }: Control<'request-to-leave'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      if (!this.#owns(communityId) || this.#fromFuture(message.clock)) return
      const { description } = this.#registry.owned(communityId)
      const next = withoutMember(description, signer, this.#nextClock(description))
      const handled = await this.#handle(communityId, { kind: 'leave', signer, clock: message.clock }, next)
      if (handled && next !== description) await this.#publish(communityId)
    })
  }

  /** Stores a request with what follows from it; false for one that was handled, or is older than one that was (R4.6). */
  async #handle(
    communityId: CommunityId,
    request: { readonly kind: 'join' | 'leave'; readonly signer: ContactId; readonly clock: number },
    next: CommunityDescription,
  ): Promise<boolean> {
    const { kind, signer: contactId } = request
    const handled = { contactId, kind, clock: request.clock as Seconds, at: this.#parts.clock.now() }
    const changed = await this.#signing.changed(communityId, next)
    return this.#change(communityId, { ...changed, request: handled })
  }

  #command(
    communityId: CommunityId,
    change: (description: CommunityDescription, clock: Millis) => CommunityDescription,
  ): Promise<void> {
    return this.#registry.inTurn(communityId, async () => {
      const { description } = this.#registry.owned(communityId)
      const next = change(description, this.#nextClock(description))
      if (next === description) return
      await this.#change(communityId, await this.#signing.changed(communityId, next))
      await this.#publish(communityId)
    })
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
      const next = { ...description, clock: this.#nextClock(description) }
      await this.#change(communityId, await this.#signing.changed(communityId, next, true))
      await this.#publish(communityId)
    })
  }

  /** Inside `inTurn`. What is marked as published is in the outbox; a crash in between publishes once more. */
  async #publish(communityId: CommunityId): Promise<void> {
    const { entries, change } = await this.description(communityId)
    const { published, ...described } = change
    if (described.description !== undefined) await this.#registry.change(communityId, described)
    await this.#parts.send(entries)
    if (published !== undefined) await this.#registry.change(communityId, { published })
  }

  /** Without a link the answer is still an answer: the announcement brings it later. */
  async #currentLink(communityId: CommunityId) {
    try {
      return await this.#parts.currentLink(communityId)
    } catch (error) {
      this.#emit('failed', { communityId, error })
      return null
    }
  }

  #owns(communityId: CommunityId): boolean {
    return this.#registry.find(communityId)?.row.role === 'owner'
  }

  /** R3.5, for requests: one from the future would make this person's later ones look old. */
  #fromFuture(seconds: number): boolean {
    return seconds * 1000 > this.#parts.clock.now() + CLOCK_TOLERANCE
  }

  #nextClock(description: CommunityDescription): Millis {
    return nextClock(description, this.#parts.clock.now())
  }
}

function newKey(random: (length: number) => Uint8Array): Uint8Array {
  for (;;) {
    const key = random(32)
    if (isPrivateKey(key)) return key
  }
}
