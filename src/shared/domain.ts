/**
 * The nouns that the node and its front ends agree on. No I/O, no platform: a value of these types means the same in
 * the main process, in a worker, in the headless server and in a browser.
 *
 * Three time units travel in the protocol and each has its own brand, so that mixing them up is a type error.
 */
declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Unix time in seconds: archives, archive ranges, raw records, join requests. */
export type Seconds = Brand<number, 'Seconds'>
/** Unix time in milliseconds: message clocks, link clocks, everything a person reads. */
export type Millis = Brand<number, 'Millis'>
/** Unix time in nanoseconds: the Waku envelope only. */
export type Nanos = Brand<bigint, 'Nanos'>

/** A community's compressed public key, `0x` and 66 hex digits (68 characters). PROTOCOL.md §2. */
export type CommunityId = Brand<string, 'CommunityId'>
/** A channel's id on the wire: the community id followed by the channel's uuid (104 characters). PROTOCOL.md §2. */
export type ChatId = Brand<string, 'ChatId'>
/** A person's uncompressed public key, `0x04` and 128 hex digits (132 characters). PROTOCOL.md §2. */
export type ContactId = Brand<string, 'ContactId'>
/** keccak of author key and application message, `0x` and 64 hex digits; or a Discord import's own id. */
export type MessageId = Brand<string, 'MessageId'>
/** keccak of an index entry, `0x` and 64 hex digits. PROTOCOL.md §4.5. */
export type ArchiveId = Brand<string, 'ArchiveId'>
/** `/waku/1/0x{8 hex}/rfc26`. PROTOCOL.md §3.1. */
export type ContentTopic = Brand<string, 'ContentTopic'>
/** The four bytes of a content topic as 8 lower-case hex digits, no prefix. */
export type Topic4 = Brand<string, 'Topic4'>
/** `/waku/2/rs/{cluster}/{shard}`. PROTOCOL.md §3.4. */
export type PubsubTopic = Brand<string, 'PubsubTopic'>
/** A magnet link or an index CID: what an announcement carries. PROTOCOL.md §1.3. */
export type ArchiveLink = Brand<string, 'ArchiveLink'>

/** A way of moving archives. PROTOCOL.md §16 calls it the flavour of a link. */
export type EngineKind = 'torrent' | 'codex'

export type CommunityRole = 'owner' | 'member'
/** Presets of PROTOCOL.md §15.3 (RULES.md R3.3); the generation in which a community's owner speaks. */
export type Generation = 'M' | 'N' | 'N2'

/** Whether who asks to join is let in at once, or waits for the owner's word. */
export type Joining = 'open' | 'request'

export interface Profile {
  readonly id: string
  readonly name: string
  readonly contactId: ContactId
}

export interface Channel {
  readonly chatId: ChatId
  readonly name: string
  readonly description: string
  readonly emoji: string
  readonly color: string
  readonly position: number
  /** Who may write: every member, or only some. */
  readonly posting: 'everyone' | 'chosen'
  /** Whether those who only read may react. */
  readonly viewersMayReact: boolean
  /** Whether this person may write here now. */
  readonly mayPost: boolean
}

export interface Community {
  readonly id: CommunityId
  readonly role: CommunityRole
  readonly name: string
  readonly description: string
  readonly color: string
  /** One emoji, or empty. */
  readonly emoji: string
  readonly tags: readonly string[]
  /** Shown to who wants to join, and to who leaves. */
  readonly introMessage: string
  readonly outroMessage: string
  readonly joining: Joining
  readonly membersMayPin: boolean
  /** Whether it may be read without joining. */
  readonly openToRead: boolean
  readonly members: number
  readonly channels: readonly Channel[]
  readonly generation: Generation
  /** Local to this profile, never published. PROTOCOL.md §1.6. */
  readonly historyArchives: boolean
  /**
   * What is said is readable to members only, and so are its archives. Status clients of other makes read the group keys
   * from the description; the one-to-one sessions (X3DH) by which they ask for older ones are not spoken here.
   */
  readonly encrypted: boolean
  readonly state: CommunityState
}

/**
 * What this person is to a community: `requested` until the owner answers, `refused` if the answer was no, `removed` once
 * put out of it, `reading` without being a member, `closed` where only members read, `unknown` until its description is
 * found on the network.
 */
export type CommunityState = 'joined' | 'requested' | 'refused' | 'removed' | 'reading' | 'closed' | 'unknown'

/** Somebody in a community, or somebody who was. */
export interface Member {
  readonly contactId: ContactId
  /** The newest name known; empty if there is none. */
  readonly name: string
  readonly standing: 'member' | 'former' | 'banned'
  readonly role: 'owner' | 'admin' | 'token-master' | 'member'
}

/** Somebody who asks to be let in. */
export interface JoinRequest {
  readonly contactId: ContactId
  /** What they call themselves; empty if nothing of it can be shown. */
  readonly name: string
  readonly state: 'pending' | 'refused'
  /** Since when. */
  readonly since: Millis
}

export interface Reaction {
  readonly emoji: string
  readonly authors: readonly ContactId[]
}

/**
 * Who said it where it was first said, if that was elsewhere: one key signs for many people then, so the author's key
 * tells nobody apart. An avatar is an address and no more; nothing fetches it (RULES.md R4.7).
 */
export interface Origin {
  readonly kind: 'discord' | 'bridge'
  readonly authorId: string
  readonly avatarUrl: string
}

/** A message as it is read: edits, deletions, pins and reactions already applied. */
export interface Message {
  readonly id: MessageId
  readonly chatId: ChatId
  readonly author: ContactId
  readonly authorName: string
  /** Lamport-like clock: the order within a channel. */
  readonly clock: Millis
  /** The author's wall clock. */
  readonly timestamp: Millis
  readonly text: string
  readonly contentType: number
  readonly responseTo: MessageId | null
  readonly editedAt: Millis | null
  readonly deleted: boolean
  readonly pinned: boolean
  /** How many images came with it; each is asked for by itself. */
  readonly images: number
  /** The message whose thread it belongs to; shown in the channel all the same. */
  readonly thread: MessageId | null
  readonly reactions: readonly Reaction[]
  readonly source: MessageSource
  readonly standing: AuthorStanding
  /** Null for what was said here. */
  readonly origin: Origin | null
}

export type MessageSource = 'live' | 'store' | 'archive' | 'own'

/** R4.5: what the member list said of the author when the message was taken in. */
export type AuthorStanding = 'member' | 'former' | 'banned' | 'unknown'

/** Where one archive stands on this node, owner and member alike. */
export type ArchiveState =
  | 'building'
  | 'staged'
  | 'published'
  | 'wanted'
  | 'downloading'
  | 'downloaded'
  | 'importing'
  | 'imported'
  | 'waiting-for-key'
  | 'quarantined'

export interface Archive {
  readonly id: ArchiveId
  readonly engine: EngineKind
  readonly from: Seconds
  readonly to: Seconds
  readonly state: ArchiveState
  /** Why it is quarantined, waiting or retried; empty otherwise. */
  readonly reason: string
  readonly bytes: number
  readonly messages: number
}

export interface Transfer {
  readonly communityId: CommunityId
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly seeding: boolean
  readonly peers: number
  readonly bytesDone: number
  readonly bytesTotal: number
  readonly downloadRate: number
  readonly uploadRate: number
  readonly pieces: PieceMap
  /** What went wrong last and is not over; empty where all is well. */
  readonly trouble: string
}

/** Pieces of a torrent, or blocks of datasets. */
export interface PieceMap {
  /** 0: not known yet. */
  readonly total: number
  readonly here: number
  /** Equal stretches of them in order, 60 at most: how much of each is here, per cent. */
  readonly parts: readonly number[]
}

export interface NetworkStatus {
  readonly state: 'offline' | 'connecting' | 'online'
  readonly peers: number
  /** Configured service nodes and whether each answers now. */
  readonly nodes: readonly { readonly address: string; readonly connected: boolean; readonly error: string }[]
  readonly outbox: number
}
