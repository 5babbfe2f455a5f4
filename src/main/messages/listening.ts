/** What the inbox listens to for one community, and the table that leads from a topic to the keys that may open it. */
import type { CommunityId, ContentTopic } from '../../shared/domain.ts'
import { contentTopicOf } from '../wire/index.ts'
import type { People } from './context.ts'
import type { KeyOf } from './ports.ts'
import type { GroupKey } from './ratchets.ts'

/** A chat id, and the private key that opens what is sent to it; without one, the key that follows from the id does. */
export interface ListenedChat {
  readonly chatId: string
  /** Whether what arrives here belongs into archives. PROTOCOL.md §4.1. */
  readonly archived: boolean
  /** 32 bytes, the live buffer: wiped on log-out. */
  readonly privateKey?: Uint8Array
}

export interface Listening extends People {
  readonly communityId: CommunityId
  readonly chats: readonly ListenedChat[]
  readonly groupKeys: readonly GroupKey[]
  readonly membersMayPin: boolean
  /** The owner keeps raw records, to archive them. */
  readonly keepRaw: boolean
}

/** One way of opening a payload on a topic, and the communities that may have sent it. */
export interface Opener {
  readonly key: Uint8Array
  readonly asymmetric: boolean
  readonly readers: readonly Reader[]
}
export interface Reader {
  readonly listening: Listening
  readonly archived: boolean
}

/** Several chat ids, also of several communities, may share a topic of four bytes: each of its keys is tried. §3.3. */
export type TopicTable = ReadonlyMap<ContentTopic, readonly Opener[]>

export async function buildTopicTable(listenings: Iterable<Listening>, keyOf: KeyOf): Promise<TopicTable> {
  const openers = new Map<string, Opener & { readonly readers: Reader[] }>()
  for (const listening of listenings) {
    const keys = await Promise.all(listening.chats.map((chat) => chat.privateKey ?? keyOf(chat.chatId)))
    for (const [index, key] of keys.entries()) {
      const chat = listening.chats[index]
      if (chat === undefined) continue
      const opener = openers.get(chat.chatId) ?? { key, asymmetric: chat.privateKey !== undefined, readers: [] }
      opener.readers.push({ listening, archived: chat.archived })
      openers.set(chat.chatId, opener)
    }
  }
  const table = new Map<ContentTopic, Opener[]>()
  for (const [chatId, opener] of openers) {
    const topic = contentTopicOf(chatId)
    table.set(topic, [...(table.get(topic) ?? []), opener])
  }
  return table
}

/** Null if nobody listens to it. */
export function listeningOf(table: TopicTable, communityId: CommunityId): Listening | null {
  for (const openers of table.values())
    for (const { readers } of openers)
      for (const { listening } of readers) if (listening.communityId === communityId) return listening
  return null
}
