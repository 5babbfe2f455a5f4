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
  encodeCancelRequest,
  encodeCommunityDescription,
  encodeRequestToJoin,
  encodeRequestToJoinResponse,
  encodeRequestToLeave,
  encodeUserKicked,
  hexToBytes,
  MAX_PEER_HINTS,
  openApplicationMessage,
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
  /** 16 bytes: the device that goes on instead of this one. RULES.md R3.7. */
  readonly successor?: Uint8Array | undefined
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
    { clock, link, otherLink, hints = [], successor, at = this.#parts.clock.now() }: AnnouncementInput,
  ): Promise<OutboxEntry> {
    const chatId = announceChatId(communityId, from.generation)
    const payload = encodeArchiveLink({
      clock,
      archiveLink: link,
      otherLink: otherLink ?? '',
      peers: hints.slice(0, MAX_PEER_HINTS),
      deviceId: from.deviceId,
      ...(successor === undefined ? {} : { successor }),
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

  /**
   * The application message, signed by the community; deterministic. `before` is the one it was made from, whose fields
   * that this program does not know stay in it.
   */
  describe(description: CommunityDescription, communityKey: Uint8Array, before: Uint8Array | null): Uint8Array {
    const payload = encodeCommunityDescription(description, before === null ? undefined : payloadOf(before))
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
    const type = ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE
    return this.#toPerson(from, to, type, payload, `response to ${requestId}`, answer.envelope)
  }

  /** To one person: the owner declines. */
  refusal(
    communityId: CommunityId,
    from: { readonly generation: Generation; readonly key: Uint8Array },
    to: ContactId,
    clock: Millis,
    requestId: string,
  ): OutboxEntry[] {
    const payload = encodeRequestToJoinResponse({ clock, accepted: false, communityId: hexToBytes(communityId) })
    const type = ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE
    return this.#toPerson(from, to, type, payload, `refusal of ${requestId}`)
  }

  /** To one person: they are put out, by the description with this clock. */
  kick(
    communityId: CommunityId,
    from: { readonly generation: Generation; readonly key: Uint8Array },
    to: ContactId,
    clock: Millis,
  ): OutboxEntry[] {
    const payload = encodeUserKicked({ clock, communityId: hexToBytes(communityId) })
    return this.#toPerson(from, to, ApplicationType.COMMUNITY_USER_KICKED, payload, `kick of ${to}@${clock}`)
  }

  /** Type 60. Its clock is the community's, ms. */
  cancelRequest(communityId: CommunityId, generations: readonly Generation[], clock: Millis): OutboxEntry[] {
    const payload = encodeCancelRequest({
      clock,
      communityId: hexToBytes(communityId),
      displayName: this.#parts.displayName(),
    })
    return this.#toCommunity(communityId, generations, ApplicationType.COMMUNITY_CANCEL_REQUEST_TO_JOIN, payload)
  }

  #toPerson(
    from: { readonly generation: Generation; readonly key: Uint8Array },
    to: ContactId,
    type: number,
    payload: Uint8Array,
    name: string,
    envelope: Envelope = 'bare',
  ): OutboxEntry[] {
    const recipient = hexToBytes(to)
    const at = this.#parts.clock.now()
    const sealed = this.#seal({
      type,
      payload,
      author: from.key,
      to: { pubsubTopic: this.#shards(from.generation).control, chatId: contactDiscoveryChatId(recipient), recipient },
      envelope,
      at,
    })
    return outboxEntries(sealed, at, name)
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

/** What was signed in an application message of our own. */
const payloadOf = (message: Uint8Array): Uint8Array => openApplicationMessage(message).payload
