/**
 * A member's program in a process of its own, as the bench asks it to be: `node member-child.ts '<json>'`. It joins, and
 * tells in lines of JSON when the newest week can be read, when everything is imported, and when all of it is found;
 * meanwhile it asks its own API for a page many times a second.
 */
import { openApi } from '../../../src/main/api/index.ts'
import { createClient } from '../../../src/shared/client.ts'
import type { ChatId, CommunityId } from '../../../src/shared/domain.ts'

export interface MemberTask {
  readonly folder: string
  readonly nodes: readonly string[]
  readonly communityId: CommunityId
  readonly chatId: ChatId
  readonly archives: number
  readonly messages: number
  /** Words that only the newest and the oldest message have. */
  readonly newest: string
  readonly oldest: string
}

export interface MemberReport {
  /** ms since the request to join */
  readonly joined: number
  readonly readable: number
  readonly imported: number
  readonly searchable: number
  /** ms; of a page asked for twenty times a second from joining to the last import */
  readonly answers: readonly number[]
}

// The parent's own words.
const task = JSON.parse(process.argv[2] ?? '{}') as MemberTask
const api = await openApi({
  folder: task.folder,
  mode: 'headless',
  version: 'bench',
  node: { service: false, nodes: task.nodes, engines: ['torrent'], backupEvery: null },
})
const client = createClient({ request: (name, input) => api.handle(name, input), subscribe: api.subscribe })
const password = 'the password of the bench'
const { communityId, chatId } = task
const { profile } = await client.request('profiles.create', { name: 'Member', password })
await client.request('profiles.login', { id: profile.id, password })

const answers: number[] = []
const PACE = 50
let due = performance.now() + PACE
let asking = setTimeout(ask, PACE)
function ask(): void {
  // From when it was due: a loop that is busy keeps whoever asks waiting, too.
  const asked = due
  void client
    .request('messages.page', { chatId, limit: 50 })
    .then(() => answers.push(performance.now() - asked))
    .catch(() => {})
  // Of those that a busy loop has missed, all are asked for, one behind the other.
  due += PACE
  asking = setTimeout(ask, Math.max(0, due - performance.now()))
}

const began = performance.now()
const since = () => performance.now() - began
await client.request('communities.join', { id: communityId })
const joined = await when(async () => (await community())?.state === 'joined')
const readable = await when(async () => {
  const { messages } = await client.request('messages.page', { chatId, limit: 10 })
  return messages.some(({ text }) => text.includes(task.newest))
})
const imported = await everythingImported()
clearTimeout(asking)
const searchable = await when(async () => (await finds(task.oldest)) && (await finds(task.newest)))
const report: MemberReport = { joined, readable, imported, searchable, answers }
process.stdout.write(`${JSON.stringify(report)}\n`)
await api.close()
process.exit(0)

/** ms since joining began. Asked when the node says that it has finished: the list of all archives is a long one. */
async function everythingImported(): Promise<number> {
  for (;;) {
    const next = nextFinish()
    const { archives } = await client.request('history.show', { communityId })
    if (archives.length >= task.archives && archives.every(({ state }) => state === 'imported')) return since()
    await next
  }
}

function nextFinish(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = client.subscribe('history.signal', ({ name }) => {
    if (name === 'downloadingHistoryArchivesFinished') resolve()
  })
  return promise.finally(stop)
}

async function community() {
  return (await client.request('communities.list')).find(({ id }) => id === communityId)
}

async function finds(word: string): Promise<boolean> {
  return (await client.request('messages.search', { communityId, text: word, limit: 1 })).hits.length === 1
}

/** ms since joining began. */
async function when(condition: () => Promise<boolean>, pace = 20): Promise<number> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, pace))
  return since()
}
