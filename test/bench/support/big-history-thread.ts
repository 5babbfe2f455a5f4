/** One thread of big-history.ts. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { StagedArchive } from '../../../src/main/distribution/engine.ts'
import {
  ApplicationType,
  type ArchiveRecord,
  ContentType,
  encodeApplicationMessage,
  encodeArchive,
  encodeChat,
  encodePublic,
  hexToBytes,
  MessageType,
  topic4Of,
  universalChatId,
} from '../../../src/main/wire/index.ts'
import type { Seconds } from '../../../src/shared/domain.ts'
import { person } from '../../support/people.ts'
import { type BigHistoryTask, markOf, WEEK } from './big-history.ts'

const task = workerData as BigHistoryTask
const topic = topic4Of(universalChatId(task.communityId))
const people = Array.from({ length: task.authors }, (_one, at) => ({ ...person(`author ${at}`), name: `author ${at}` }))

const made: StagedArchive[] = []
for (let week = task.share; week * task.perWeek < task.messages; week += task.shares) made.push(makeWeek(week))
parentPort?.postMessage(made)

function makeWeek(week: number): StagedArchive {
  const from = (task.start + week * WEEK) as Seconds
  const to = (from + WEEK) as Seconds
  const first = week * task.perWeek
  const count = Math.min(task.perWeek, task.messages - first)
  const records = Array.from({ length: count }, (_one, at) =>
    recordOf(first + at, from + Math.floor((at * WEEK) / count)),
  )
  const bytes = encodeArchive({ from, to, topics: [topic] }, records)
  const file = join(task.folder, `${week}.archive`)
  writeFileSync(file, bytes)
  return { file, bytes: bytes.length, from, to, topics: [topic] }
}

/** As it would be on the network, but for the transport's signature, on which nothing rests. */
function recordOf(message: number, at: number): ArchiveRecord {
  const author = people[(message * 7919) % people.length]
  const chatId = task.chatIds[message % task.chatIds.length]
  if (author === undefined || chatId === undefined) throw new Error('nobody speaks, or nowhere')
  const payload = encodeChat({
    clock: at * 1000,
    timestamp: at * 1000,
    text: `${task.texts[message % task.texts.length] ?? ''} ${markOf(message)}`,
    chatId,
    messageType: MessageType.COMMUNITY_CHAT,
    contentType: ContentType.TEXT_PLAIN,
    displayName: author.name,
  })
  const signed = encodeApplicationMessage({ type: ApplicationType.CHAT_MESSAGE, payload }, author.key)
  return {
    sig: author.publicKey,
    timestamp: at as Seconds,
    topic: hexToBytes(topic),
    payload: encodePublic({ installationId: 'bench', message: signed }),
    padding: new Uint8Array(64),
    hash: new Uint8Array(createHash('sha256').update(signed).digest()),
    thirdPartyId: '',
  }
}
