/**
 * From a message of an export to the records that hold it: signed by the community, as PROTOCOL.md §4.4 says. Ids are
 * those of status-go: the community's id followed by Discord's (§2), so that two tools that import the same past make
 * one history of it. Replies name what they answer by the same rule; pins are messages of their own with native ids.
 */
import type { ChatId, CommunityId, ContactId, Millis, Seconds } from '../../../shared/domain.ts'
import { effectOf, type InterpretContext, thirdPartyMessageId } from '../../messages/index.ts'
import type { InboxItem, RawRecord } from '../../store/records.ts'
import {
  ApplicationType,
  ContentType,
  contactIdOf,
  decodeMessage,
  encodeApplicationMessage,
  encodeChat,
  encodePin,
  keccak256,
  MessageType,
  messageIdOf,
  publicKey,
  utf8,
} from '../../wire/index.ts'
import { type ExportedMessage, remoteUrl } from './export.ts'

export interface Composition {
  readonly communityId: CommunityId
  readonly chatId: ChatId
  /** 4 bytes: the topic on which the community's messages travel. */
  readonly topic: Uint8Array
  /** The community's private key, 32 bytes. */
  readonly key: Uint8Array
  readonly context: InterpretContext
}

/** An attachment as it is kept: its bytes where they lay beside the export. */
export interface KeptAttachment {
  readonly id: string
  readonly url: string
  readonly fileName: string
  readonly size: number
  readonly contentType: string
  readonly payload: Uint8Array
}

/** PROTOCOL.md §4.4: what stands for the random padding in imported records. */
const PADDING = Uint8Array.of(1)
const NO_BYTES = new Uint8Array()

export class Composer {
  readonly #parts: Composition
  readonly #publicKey: Uint8Array
  readonly #author: ContactId

  constructor(parts: Composition) {
    this.#parts = parts
    this.#publicKey = publicKey(parts.key)
    this.#author = contactIdOf(this.#publicKey)
  }

  /** @param answers whether the message that it refers to can be in this community */
  chat(message: ExportedMessage, attachments: readonly KeptAttachment[], answers: boolean): InboxItem {
    const { communityId, chatId } = this.#parts
    const { id, at, author, reference } = message
    const thirdPartyId = foreignId(communityId, id)
    const payload = encodeChat({
      clock: at,
      timestamp: at,
      responseTo: answers && reference !== null ? foreignId(communityId, reference.messageId) : '',
      chatId,
      messageType: MessageType.COMMUNITY_CHAT,
      contentType: ContentType.DISCORD_MESSAGE,
      discordMessage: {
        id,
        type: message.type,
        timestamp: `${secondsOf(at)}`,
        timestampEdited: message.editedAt === null ? '' : `${secondsOf(message.editedAt)}`,
        content: message.content,
        author: { ...author, avatarImagePayload: NO_BYTES, localUrl: '' },
        ...(reference === null ? {} : { reference }),
        attachments: attachments.map((one) => ({ ...one, messageId: id, localUrl: '' })),
      },
    })
    const hash = keccak256(utf8(thirdPartyId))
    return this.#item(ApplicationType.CHAT_MESSAGE, payload, at, { thirdPartyId, hash: () => hash })
  }

  /** At the message's own time: an export says that it is pinned, and not since when. */
  pin({ id, at }: ExportedMessage): InboxItem {
    const { communityId, chatId } = this.#parts
    const messageId = foreignId(communityId, id)
    const payload = encodePin({ clock: at, messageId, chatId, pinned: true, messageType: MessageType.COMMUNITY_CHAT })
    const hash = (bytes: Uint8Array) => keccak256(utf8(communityId), bytes)
    return this.#item(ApplicationType.PIN_MESSAGE, payload, at, { thirdPartyId: '', hash })
  }

  /** What `interpret` would make of the record, without opening again the signature that was just made. */
  #item(
    type: number,
    inner: Uint8Array,
    at: Millis,
    { thirdPartyId, hash }: { thirdPartyId: string; hash: (payload: Uint8Array) => Uint8Array },
  ): InboxItem {
    const { communityId, topic, key, context } = this.#parts
    const payload = encodeApplicationMessage({ type, payload: inner }, key)
    const id =
      thirdPartyId === ''
        ? messageIdOf(this.#publicKey, payload)
        : (thirdPartyMessageId(thirdPartyId, communityId) ?? messageIdOf(this.#publicKey, payload))
    const timestamp = secondsOf(at)
    const record: RawRecord = {
      communityId,
      hash: hash(payload),
      sig: this.#publicKey,
      timestamp,
      topic,
      payload,
      padding: PADDING,
      thirdPartyId,
      messageId: id,
      archivable: true,
    }
    const said = {
      id,
      author: this.#author,
      payload: inner,
      sentAt: (timestamp * 1000) as Millis,
      byCommunity: true,
    }
    const effect = effectOf(decodeMessage({ type, payload: inner, signer: this.#publicKey }), said, context) ?? null
    return { record, effect, source: 'archive' }
  }
}

/** An attachment of which nothing but its address is kept, if it has one that others can use. */
export function keptByAddress(attachment: Omit<KeptAttachment, 'contentType' | 'payload'>): KeptAttachment {
  return { ...attachment, url: remoteUrl(attachment.url), contentType: '', payload: NO_BYTES }
}

export const foreignId = (communityId: CommunityId, discordId: string): string => `${communityId}${discordId}`

const secondsOf = (at: Millis): Seconds => Math.floor(at / 1000) as Seconds
