/**
 * What the inbox writes: raw Waku records as the owner archives them, and the effects of the application messages they
 * carry. One batch is one transaction. Types only; the repositories of this folder implement them.
 */
import type {
  AuthorStanding,
  ChatId,
  CommunityId,
  ContactId,
  MessageId,
  MessageSource,
  Millis,
  Origin,
  Seconds,
} from '../../shared/domain.ts'

/** A decrypted transport payload. PROTOCOL.md §1.1 (WakuMessage) and §4.1. */
export interface RawRecord {
  readonly communityId: CommunityId
  /** 32 bytes: the Waku message hash. */
  readonly hash: Uint8Array
  /** 65 bytes, the transport signer's public key; empty if unsigned. Never an author (RULES.md R4.2). */
  readonly sig: Uint8Array
  readonly timestamp: Seconds
  /** 4 bytes. */
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  readonly thirdPartyId: string
  /** The application message inside; null for a segment. One record is kept for each, the earliest (RULES.md R2.4). */
  readonly messageId: MessageId | null
  /** False for descriptions and announcements: they alone never make an archive (RULES.md R2.1). */
  readonly archivable: boolean
}

export type { AuthorStanding }

interface Effect {
  /** Id of the application message that has this effect. */
  readonly id: MessageId
  readonly communityId: CommunityId
  readonly chatId: ChatId
  readonly author: ContactId
  readonly clock: Millis
}
export interface ChatEffect extends Effect {
  readonly kind: 'chat'
  readonly timestamp: Millis
  readonly text: string
  readonly contentType: number
  readonly responseTo: MessageId | null
  readonly displayName: string
  readonly standing: AuthorStanding
  /** Of an imported or bridged message; null for a native one. */
  readonly origin: Origin | null
  /** When it was last changed where it comes from; edits made here count on top of it. */
  readonly editedAt: Millis | null
  /** The encoded ChatMessage: images are read from it on demand. */
  readonly body: Uint8Array
  readonly contents?: MessageContents
}
/** What a message holds besides its text; nothing where it is not given. */
export interface MessageContents {
  readonly images: number
  readonly held: readonly ('link' | 'file' | 'audio' | 'sticker')[]
  /** The message whose thread it belongs to. */
  readonly thread: MessageId | null
}
export interface EditEffect extends Effect {
  readonly kind: 'edit'
  readonly target: MessageId
  readonly text: string
}
export interface DeleteEffect extends Effect {
  readonly kind: 'delete'
  readonly target: MessageId
  /** True where the author may delete others' messages. */
  readonly privileged: boolean
}
export interface PinEffect extends Effect {
  readonly kind: 'pin'
  readonly target: MessageId
  readonly pinned: boolean
}
export interface ReactionEffect extends Effect {
  readonly kind: 'reaction'
  readonly target: MessageId
  readonly emoji: string
  readonly retracted: boolean
}
/** Applied in any order with the same result: an edit may arrive before its message. PROTOCOL.md §1.6. */
export type MessageEffect = ChatEffect | EditEffect | DeleteEffect | PinEffect | ReactionEffect

export interface InboxItem {
  readonly record: RawRecord | null
  readonly effect: MessageEffect | null
  readonly source: MessageSource
}

export interface InboxResult {
  /** Ids of effects that were not known before, in the order given. */
  readonly fresh: readonly MessageId[]
  /** Where they were said, each once. */
  readonly chatIds: readonly ChatId[]
  readonly duplicates: number
}
