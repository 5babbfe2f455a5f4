/** What the owner of a community decides: that there is one, what it says of itself, and who is in it. */
import type { ChatId, CommunityId, ContactId, Generation } from '../../shared/domain.ts'
import type { OutboxEntry } from '../waku/network.ts'
import { communityIdOf, isPrivateKey, publicKey } from '../wire/index.ts'
import {
  type ChannelEdit,
  type ChannelPosting,
  channelUuid,
  type NewChannel,
  withChannel,
  withChannelEdited,
  withChannelOrder,
  withoutChannel,
  withPosting,
} from './channels.ts'
import type { AnnouncementInput, Composer } from './composing.ts'
import { type CommunityEdit, type CommunityText, edited, firstDescription } from './description.ts'
import { withAdmin, withBan, withMembers, withoutBan, withoutMembers } from './members.ts'
import type { CommunitiesParts } from './ports.ts'
import { withMembersOnly } from './private-part.ts'
import type { Publishing } from './publishing.ts'
import { keyLabel, type Registry } from './registry.ts'

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
  readonly #publishing: Publishing

  constructor(parts: CommunitiesParts, registry: Registry, composer: Composer, publishing: Publishing) {
    this.#parts = parts
    this.#registry = registry
    this.#composer = composer
    this.#publishing = publishing
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
    const first = this.#publishing.first(communityId, description, key)
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
      await this.#publishing.publish(communityId)
    })
    return communityId
  }

  edit(communityId: CommunityId, edit: CommunityEdit): Promise<void> {
    return this.#publishing.command(communityId, (description, clock) => edited(description, edit, clock))
  }

  /** One new description for all of them; none if they are all in it. Banned people are left out. */
  addMembers(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#publishing.command(communityId, (description, clock) => withMembers(description, people, clock))
  }

  /** They are told; what they wrote stays. Some of them may not be in it any more. */
  removeMembers(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#putOut(communityId, people, false)
  }

  /** As removing, and they are not let in again; what they write and wrote is hidden. */
  ban(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#putOut(communityId, people, true)
  }

  unban(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#publishing.command(communityId, (description, clock) => withoutBan(description, people, clock))
  }

  setAdmin(communityId: CommunityId, person: ContactId, admin: boolean): Promise<void> {
    return this.#publishing.command(communityId, (description, clock) => withAdmin(description, person, admin, clock))
  }

  addChannel(communityId: CommunityId, channel: NewChannel): Promise<void> {
    const uuid = channelUuid(this.#parts.random(16))
    return this.#publishing.command(communityId, (description, clock) =>
      withChannel(description, { ...channel, uuid }, clock),
    )
  }

  /** Both together, as one new description. */
  editChannel(communityId: CommunityId, channel: ChatId, edit: ChannelEdit, posting?: ChannelPosting): Promise<void> {
    const uuid = channel.slice(communityId.length)
    return this.#publishing.command(communityId, (description, clock) => {
      const named = withChannelEdited(description, uuid, edit, clock)
      return posting === undefined ? named : withPosting(named, uuid, posting, clock)
    })
  }

  removeChannel(communityId: CommunityId, channel: ChatId): Promise<void> {
    const uuid = channel.slice(communityId.length)
    return this.#publishing.command(communityId, (description, clock) => withoutChannel(description, uuid, clock))
  }

  orderChannels(communityId: CommunityId, channels: readonly ChatId[]): Promise<void> {
    const uuids = channels.map((channel) => channel.slice(communityId.length))
    return this.#publishing.command(communityId, (description, clock) => withChannelOrder(description, uuids, clock))
  }

  /** Sends the newest description again, with the newest archive clock in it. */
  publish(communityId: CommunityId): Promise<void> {
    return this.#registry.inTurn(communityId, () => this.#publishing.publish(communityId))
  }

  /** Sealed, not sent and not stored: for the transaction that records a publication. R1.1 step 4. */
  announcement(communityId: CommunityId, input: AnnouncementInput): Promise<OutboxEntry> {
    const { row } = this.#registry.owned(communityId)
    const from = { generation: row.generation, key: this.#registry.key(communityId), deviceId: row.deviceId }
    return this.#composer.announcement(communityId, from, input)
  }

  /**
   * Type 81 goes to each who was in it. A crash before it is in the outbox leaves the description to say the same: it
   * lists them no longer, and who reads it knows.
   */
  #putOut(communityId: CommunityId, people: readonly ContactId[], forGood: boolean): Promise<void> {
    const change = forGood ? withBan : withoutMembers
    return this.#publishing.command(
      communityId,
      (description, clock) => change(description, people, clock),
      async (before) => {
        const { row } = this.#registry.owned(communityId)
        const from = { generation: row.generation, key: this.#registry.key(communityId) }
        for (const person of new Set(people)) {
          if (!before.members.has(person)) continue
          await this.#parts.send(this.#composer.kick(communityId, from, person, row.descriptionClock))
        }
      },
    )
  }
}

function newKey(random: (length: number) => Uint8Array): Uint8Array {
  for (;;) {
    const key = random(32)
    if (isPrivateKey(key)) return key
  }
}
