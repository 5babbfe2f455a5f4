/** A profile with a history of any length: a corpus repeated over ten years, written as imports write it. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Api, openApi } from '../../../src/main/api/index.ts'
import { type CorpusMessage, readCorpus } from '../../../src/main/demo/index.ts'
import type { InboxItem } from '../../../src/main/store/records.ts'
import { openRepositories } from '../../../src/main/store/repositories.ts'
import { prepareDatabase } from '../../../src/main/store/threads.ts'
import { ContentType, encodeChat, MessageType } from '../../../src/main/wire/index.ts'
import { type Client, createClient } from '../../../src/shared/client.ts'
import type { EventName } from '../../../src/shared/contract.ts'
import type { ChatId, Community, CommunityId, ContactId, MessageId, Millis } from '../../../src/shared/domain.ts'
import { chat } from '../../unit/store/support.ts'

export const password = 'correct horse battery'
/** Messages of one transaction: nobody waits for this one. */
const BATCH = 5000
/** Messages of one made-up archive; the newest archive is written first. */
const ARCHIVE = 2000

export interface LongHistory {
  readonly client: Client
  readonly community: Community
  readonly corpus: readonly CorpusMessage[]
  /** The first and the last message's time, ms. */
  readonly span: readonly [from: number, to: number]
  close(): Promise<void>
}

export async function longHistory(folder: string, file: string, messages: number): Promise<LongHistory> {
  const corpus = (await readCorpus(file)).toSorted((a, b) => a.timestamp - b.timestamp)
  const names = [...new Set(corpus.map(({ channel }) => channel))]
  const api = await openApi({ folder, mode: 'headless', version: '0.0.0' })
  const client = clientOf(api)
  const { profile } = await client.request('profiles.create', { name: 'Reader', password })
  await client.request('profiles.login', { id: profile.id, password })
  const about = { name: 'Long', description: '', color: '#0a6470', channels: names, historyArchives: false }
  const community = await client.request('communities.create', about)
  await client.request('profiles.logout')
  const span = await fill(join(folder, 'profiles', profile.id, 'chronicle.sqlite'), community, corpus, messages)
  await client.request('profiles.login', { id: profile.id, password })
  return { client, community, corpus, span, close: () => api.close() }
}

function clientOf(api: Api): Client {
  return createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => api.subscribe(name as EventName, listener),
  })
}

async function fill(
  file: string,
  { id, channels }: Community,
  corpus: readonly CorpusMessage[],
  messages: number,
): Promise<[number, number]> {
  const db = await prepareDatabase({ file, now: Date.now() as Millis })
  db.pragma('synchronous = OFF')
  const { records, searchBacklog } = openRepositories(db)
  const chats = new Map(channels.map(({ name, chatId }) => [name, chatId]))
  const all = repeated(corpus, messages)
  let batch: InboxItem[] = []
  for (let end = all.length; end > 0; end -= ARCHIVE) {
    for (const one of all.slice(Math.max(0, end - ARCHIVE), end)) batch.push(itemOf(one, id, chats))
    if (batch.length < BATCH && end > ARCHIVE) continue
    records.ingest(batch)
    batch = []
  }
  for (let left = 1; left > 0; ) left = searchBacklog.take(20_000)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return [all[0]?.clock ?? 0, all.at(-1)?.clock ?? 0]
}

/** Each message as often as it takes, the copies spread over the time until the next ones. */
function repeated(corpus: readonly CorpusMessage[], messages: number): (CorpusMessage & { readonly copy: number })[] {
  const copies = Math.ceil(messages / corpus.length)
  return Array.from({ length: messages }, (_, n) => {
    const copy = n % copies
    const one = corpus[Math.floor(n / copies)] ?? corpus[0]
    if (one === undefined) throw new Error('an empty corpus')
    return { ...one, copy, clock: (one.clock + copy * 37_000) as Millis }
  }).toSorted((a, b) => a.clock - b.clock)
}

function itemOf(
  { channel, author, text, clock, copy }: CorpusMessage & { readonly copy: number },
  communityId: CommunityId,
  chats: ReadonlyMap<string, ChatId>,
) {
  const digest = (seed: string) => createHash('sha256').update(seed).digest('hex')
  const chatId = chats.get(channel) ?? ('' as ChatId)
  const id = `0x${digest(`${channel} ${clock} ${copy} ${text}`)}` as MessageId
  const { COMMUNITY_CHAT: messageType } = MessageType
  const { TEXT_PLAIN: contentType } = ContentType
  const body = encodeChat({ clock, timestamp: clock, text, chatId, messageType, contentType, displayName: author })
  const key = `0x04${digest(author)}${digest(`${author}!`)}` as ContactId
  const said = { id, communityId, chatId, author: key, clock, timestamp: clock, text, displayName: author, body }
  return { record: null, effect: chat(id, said), source: 'archive' as const }
}
