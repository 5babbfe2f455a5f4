/**
 * Says a corpus into a community over Waku, on behalf of its people, at the times they said it. Many messages are under
 * way at once: one after the other, each would wait for the service node's answer to the one before.
 */
import type { ChatId, CommunityId, Generation, MessageId, Millis } from '../../shared/domain.ts'
import { type KeyOf, nanosOf, postChatId, type Random, sealChat } from '../messages/index.ts'
import type { WakuNetwork } from '../waku/index.ts'
import type { CorpusMessage } from './corpus.ts'
import type { Person } from './people.ts'

/** One message as everybody must end up having it. */
export interface HistoryLine {
  readonly id: MessageId
  readonly channel: string
  readonly author: string
  readonly timestamp: Millis
  readonly text: string
}

export interface SpeakerParts {
  readonly communityId: CommunityId
  readonly generation: Generation
  /** By the corpus's name of the channel. */
  readonly channels: ReadonlyMap<string, ChatId>
  readonly people: ReadonlyMap<string, Person>
  readonly network: Pick<WakuNetwork, 'publish'>
  readonly keyOf: KeyOf
  readonly random: Random
  /** Messages under way at once. */
  readonly inFlight?: number
  readonly onProgress?: (sent: number) => void
}

const IN_FLIGHT = 48
const ATTEMPTS = 5

/** Resolves when a service node has taken every message; gives back what was said, in the order given. */
export async function speak(corpus: readonly CorpusMessage[], parts: SpeakerParts): Promise<HistoryLine[]> {
  const said: HistoryLine[] = []
  let next = 0
  let sent = 0
  const worker = async (): Promise<void> => {
    while (next < corpus.length) {
      const at = next
      next += 1
      const message = corpus[at]
      if (message === undefined) return
      said[at] = await sayOne(message, parts)
      sent += 1
      parts.onProgress?.(sent)
    }
  }
  await Promise.all(Array.from({ length: parts.inFlight ?? IN_FLIGHT }, worker))
  return said
}

async function sayOne(message: CorpusMessage, parts: SpeakerParts): Promise<HistoryLine> {
  const { channel, author, timestamp, text, clock } = message
  const chatId = parts.channels.get(channel)
  const person = parts.people.get(author)
  if (chatId === undefined || person === undefined) throw new Error(`nobody called ${author}, or no channel ${channel}`)
  const sealed = sealChat({
    communityId: parts.communityId,
    chatId,
    generation: parts.generation,
    key: await parts.keyOf(postChatId(parts.communityId, chatId, parts.generation)),
    author: person.privateKey,
    clock,
    timestamp,
    sentAt: nanosOf(timestamp),
    text,
    displayName: author,
    random: parts.random,
  })
  for (const part of sealed.parts) await publish(parts.network, part.sealed)
  return { id: sealed.id, channel, author, timestamp, text }
}

/** A service node under load may refuse once; the same bytes again are the same message. */
async function publish(network: SpeakerParts['network'], sealed: Parameters<WakuNetwork['publish']>[0]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await network.publish(sealed)
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}
