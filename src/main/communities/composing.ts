/**
 * What a community's key signs, and what a person asks of it: composed and sealed once, ready for the outbox.
 * PROTOCOL.md §3.8, §10; RULES.md R3.1–R3.3.
 */
import type { ArchiveLink, CommunityId, ContactId, Generation, Millis, Seconds } from '../../shared/domain.ts'
import {
  announceChatId,
  CLUSTER,
  type Envelope,
  nanosOf,
  outboxEntries,
  type Sealed,
  type SealOptions,
  seal,
  sealSigned,
  shardsOf,
} from '../messages/index.ts'
import type { OutboxEntry } from '../waku/network.ts'
import {
  ApplicationType,
  adminChatId,
  type CommunityDescription,
  contactDiscoveryChatId,
  encodeApplicationMessage,
  encodeArchiveLink,
  encodeCommunityDescription,
  encodeRequestToJoin,
  encodeRequestToJoinResponse,
  encodeRequestToLeave,
  hexToBytes,
  MAX_PEER_HINTS,
} from '../wire/index.ts'
import type { CommunitiesParts } from './ports.ts'

export interface AnnouncementInput {
  /** The publication's one clock. */
  readonly clock: Millis
  /** The community's primary link. */
  readonly link: ArchiveLink
  /** The other engine's, if there is one. */
  readonly otherLink?: ArchiveLink | null
  /** Where this node can be reached by the engines; the first 16 are sent. */
  readonly hints?: readonly string[]
  /** When it is said; now, unless given. Saying the same again at another time is another entry of the outbox. */
  readonly at?: Millis
}

type Parts = Pick<
  CommunitiesParts,
  'identity' | 'keyOf' | 'clock' | 'random' | 'installationId' | 'cluster' | 'displayName'
>

export class Composer {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Type 43, in a public envelope, with the extensions of R3.2. */
  async announcement(
    communityId: CommunityId,
    from: { readonly generation: Generation; readonly key: Uint8Array; readonly deviceId: Uint8Array },
    { clock, link, otherLink, hints = [], at = this.#parts.clock.now() }: AnnouncementInput,
  ): Promise<OutboxEntry> {
    const chatId = announceChatId(communityId, from.generation)
    const payload = encodeArchiveLink({
      clock,
      archiveLink: link,
      otherLink: otherLink ?? '',
      peers: hints.slice(0, MAX_PEER_HINTS),
      deviceId: from.deviceId,
    })
    const sealed = this.#seal({
      type: ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK,
      payload,
      author: from.key,
      to: { pubsubTopic: this.#shards(from.generation).content, chatId, key: await this.#parts.keyOf(chatId) },
      envelope: 'public',
      at,
    })
    const [entry] = outboxEntries(sealed, at, `${sealed.id}@${at}`)
    if (entry === undefined) throw new Error('an announcement was sealed into nothing')
    return entry
  }

  /** The application message, signed by the community; deterministic. */
  describe(description: CommunityDescription, communityKey: Uint8Array): Uint8Array {
    const payload = encodeCommunityDescription(description)
    return encodeApplicationMessage({ type: ApplicationType.COMMUNITY_DESCRIPTION, payload }, communityKey)
  }

  /** A signed description on the community's own topic: without an envelope (§10 step 2), or with group keys (§3.8). */
  async description(
    communityId: CommunityId,
    from: { readonly generation: Generation; readonly key: Uint8Array },
    message: Uint8Array,
    envelope: Envelope,
    at: Millis,
  ): Promise<OutboxEntry[]> {
    const { identity, random, installationId, keyOf } = this.#parts
    const sealed = sealSigned(message, {
      author: from.key,
      sender: identity.privateKey(),
      to: {
        pubsubTopic: this.#shards(from.generation).content,
        chatId: communityId,
        key: await keyOf(communityId),
      },
      envelope,
      installationId,
      sentAt: nanosOf(at),
      random,
    })
    return outboxEntries(sealed, at, `${sealed.id}@${at}`)
  }

  /** To the community's key alone. Sent on both control shards when it is not known where the owner listens. */
  joinRequest(communityId: CommunityId, generations: readonly Generation[], clock: Seconds): OutboxEntry[] {
    const payload = encodeRequestToJoin({
      clock,
      communityId: hexToBytes(communityId),
      displayName: this.#parts.displayName(),
    })
    return this.#toCommunity(communityId, generations, ApplicationType.COMMUNITY_REQUEST_TO_JOIN, payload)
  }

  leave(communityId: CommunityId, generations: readonly Generation[], clock: Seconds): OutboxEntry[] {
    const payload = encodeRequestToLeave({ clock, communityId: hexToBytes(communityId) })
    return this.#toCommunity(communityId, generations, ApplicationType.COMMUNITY_REQUEST_TO_LEAVE, payload)
  }

  /** To one person: the newest description, and the current link (§5.6). */
  joinResponse(
    communityId: CommunityId,
    from: { readonly generation: Generation; readonly key: Uint8Array },
    to: ContactId,
    answer: {
      readonly clock: Millis
      readonly link: ArchiveLink | null
      readonly description: Uint8Array
      readonly envelope: Envelope
    },
    requestId: string,
  ): OutboxEntry[] {
    const payload = encodeRequestToJoinResponse({
      clock: answer.clock,
      accepted: true,
      communityId: hexToBytes(communityId),
      archiveLink: answer.link ?? '',
      communityDescriptionProtocolMessage: answer.description,
    })
    const recipient = hexToBytes(to)
    const at = this.#parts.clock.now()
    const sealed = this.#seal({
      type: ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE,
      payload,
      author: from.key,
      to: { pubsubTopic: this.#shards(from.generation).control, chatId: contactDiscoveryChatId(recipient), recipient },
      envelope: answer.envelope,
      at,
    })
    return outboxEntries(sealed, at, `response to ${requestId}`)
  }

  #toCommunity(
    communityId: CommunityId,
    generations: readonly Generation[],
    type: number,
    payload: Uint8Array,
  ): OutboxEntry[] {
    const at = this.#parts.clock.now()
    const shards = new Set(generations.map((generation) => this.#shards(generation).control))
    return [...shards].flatMap((pubsubTopic) => {
      const to = { pubsubTopic, chatId: adminChatId(communityId), recipient: hexToBytes(communityId) }
      const sealed = this.#seal({ type, payload, author: this.#parts.identity.privateKey(), to, envelope: 'bare', at })
      return outboxEntries(sealed, at, `${sealed.id} on ${pubsubTopic}`)
    })
  }

  #seal({
    at,
    ...what
  }: Pick<SealOptions, 'type' | 'payload' | 'author' | 'to' | 'envelope'> & { at: Millis }): Sealed {
    const { identity, random, installationId } = this.#parts
    return seal({ ...what, sender: identity.privateKey(), installationId, sentAt: nanosOf(at), random })
  }

  #shards(generation: Generation) {
    return shardsOf(generation, this.#parts.cluster ?? CLUSTER)
  }
}
