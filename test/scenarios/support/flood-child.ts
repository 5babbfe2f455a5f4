/**
 * A hostile store node in a process of its own: `flood-child.ts '<json>'`. Told to, it pushes announcements that a
 * stranger signed, each a new one, at the pace asked for, and garbage between them.
 */
import { randomBytes } from 'node:crypto'
import { createKeyTable, nanosOf, type Random, seal, shardsOf } from '../../../src/main/messages/index.ts'
import { startServiceNode } from '../../../src/main/node/index.ts'
import type { SealedMessage } from '../../../src/main/waku/index.ts'
import {
  ApplicationType,
  contentTopicOf,
  encodeArchiveLink,
  encodePublic,
  sealSymmetric,
  universalChatId,
} from '../../../src/main/wire/index.ts'
import type { CommunityId, ContentTopic, Millis } from '../../../src/shared/domain.ts'

export interface FloodTask {
  readonly storeFile: string
}
export type ToFlood =
  | { readonly to: 'prepare'; readonly communityId: CommunityId; readonly announcements: number }
  | { readonly to: 'flood'; readonly perSecond: number }
  /** Application messages in base64, and so many payloads of random bytes. */
  | {
      readonly to: 'push'
      readonly communityId: CommunityId
      readonly messages: readonly string[]
      readonly garbage: number
    }
export type FromFlood =
  | { readonly from: 'open'; readonly addresses: readonly string[] }
  | { readonly from: 'ready' }
  /** ms, and ms of this process on the processors. */
  | { readonly from: 'sent'; readonly sent: number; readonly took: number; readonly processor: number }

// The parent's own words.
const task = JSON.parse(process.argv[2] ?? '{}') as FloodTask
const say = (words: FromFlood) => process.send?.(words)
const random: Random = (length) => new Uint8Array(randomBytes(length))
const keyOf = createKeyTable()
const waku = await startServiceNode({ storeFile: task.storeFile, identityFile: null })
let prepared: readonly SealedMessage[] = []

process.on('disconnect', () => process.exit(0))
process.on('message', (words: ToFlood) => void obey(words))
say({ from: 'open', addresses: await waku.service.addresses() })

async function obey(words: ToFlood): Promise<void> {
  if (words.to === 'prepare') {
    prepared = await announcements(words.communityId, words.announcements)
    say({ from: 'ready' })
  } else if (words.to === 'flood') await send(prepared, words.perSecond)
  else await send(await pushed(words), 200)
}

/** In steps of ten milliseconds, as many as are due. */
async function send(messages: readonly SealedMessage[], perSecond: number): Promise<void> {
  const began = performance.now()
  const busy = process.cpuUsage()
  const under: Promise<unknown>[] = []
  for (let sent = 0; sent < messages.length; ) {
    const due = Math.min(messages.length, Math.ceil(((performance.now() - began) / 1000) * perSecond))
    for (; sent < due; sent += 1) {
      const one = messages[sent]
      if (one !== undefined) under.push(waku.publish(one).catch(() => {}))
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await Promise.all(under)
  const { user, system } = process.cpuUsage(busy)
  const took = performance.now() - began
  say({ from: 'sent', sent: messages.length, took, processor: (user + system) / 1000 })
}

async function announcements(communityId: CommunityId, count: number): Promise<SealedMessage[]> {
  const chatId = universalChatId(communityId)
  const key = await keyOf(chatId)
  const stranger = random(32)
  const now = Date.now() as Millis
  return Array.from({ length: count }, (_one, at) => {
    const clock = now + at
    const archiveLink = `magnet:?xt=urn:btih:${Buffer.from(random(20)).toString('hex')}&dn=${communityId}`
    const sealed = seal({
      type: ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK,
      payload: encodeArchiveLink({ clock, archiveLink }),
      author: stranger,
      sender: stranger,
      to: { pubsubTopic: shardsOf('N2').content, chatId, key },
      envelope: 'public',
      installationId: '',
      sentAt: nanosOf(clock as Millis),
      random,
    })
    const [part] = sealed.parts
    if (part === undefined) throw new Error('nothing to send')
    return part.sealed
  })
}

/** Whatever it was given, opened by everybody who knows the community's id, and what nobody can open. */
async function pushed(words: Extract<ToFlood, { to: 'push' }>): Promise<SealedMessage[]> {
  const chatId = universalChatId(words.communityId)
  const key = await keyOf(chatId)
  const payloads = words.messages.map((message) => {
    const data = encodePublic({ installationId: 'hostile', message: Buffer.from(message, 'base64') })
    return sealSymmetric({ data, key, nonce: random(12), padding: random })
  })
  for (let n = 0; n < words.garbage; n += 1) payloads.push(random(1 + ((n * 97) % 4000)))
  return payloads.map((payload, at) => ({
    pubsubTopic: shardsOf('N2').content,
    contentTopic: contentTopicOf(chatId) as ContentTopic,
    payload,
    timestamp: nanosOf((Date.now() + at) as Millis),
    ephemeral: false,
  }))
}
