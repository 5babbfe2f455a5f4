/**
 * Asks a remote node's store (13/WAKU2-STORE v3). Not through the SDK's `store`: that ends a query without a word when
 * a stream cannot be opened, as if there were no more messages, and drops the newest part of a long range (WAKU.md
 * pitfall 1). What comes back is hashed here, and kept only if it is what was asked for.
 */
import { randomUUID } from 'node:crypto'
import { StoreCodec } from '@waku/core'
import { proto_store } from '@waku/proto'
import { bytesToHex } from '../../wire/index.ts'
import { asWakuError, WakuError } from '../errors.ts'
import type { StorePage, StoreQuery, StoreSource } from '../history.ts'
import { envelopeOf, fromProto, maxMessageBytes, refusalOf } from '../message.ts'
import type { NodeSession } from './session.ts'

const { StoreQueryRequest, StoreQueryResponse } = proto_store

const timeout = 20_000
/** Other implementations bound a page by messages, not by bytes. */
const answerBytes = 16 * maxMessageBytes
/** Status nodes answer no more at once. */
const hashesPerQuery = 50

export function remoteStore(session: NodeSession): StoreSource {
  return {
    local: false,
    get connected() {
      return session.connected
    },
    serves: (topic) => session.serves(topic),
    query: (query, signal) => queryPage(session, query, signal),
  }
}

async function queryPage(session: NodeSession, query: StoreQuery, signal: AbortSignal): Promise<StorePage> {
  const { topic, contentTopics, from, to, cursor, limit } = query
  const answer = await ask(session, signal, {
    includeData: true,
    pubsubTopic: topic,
    contentTopics: [...contentTopics],
    timeStart: from,
    timeEnd: to,
    paginationForward: true,
    paginationLimit: BigInt(limit),
    ...(cursor === null ? {} : { paginationCursor: cursor }),
  })
  const asked = new Set<string>(contentTopics)
  const envelopes = answer.messages.flatMap(({ message, pubsubTopic }) => {
    if (message === undefined || !asked.has(message.contentTopic)) return []
    return (pubsubTopic ?? topic) === topic ? [envelopeOf(topic, fromProto(message))] : []
  })
  return { envelopes, cursor: answer.paginationCursor?.length ? answer.paginationCursor : null }
}

/** Those of `hashes`, as hex, that the node has stored. @throws WakuError */
export async function storedHashes(
  session: NodeSession,
  hashes: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = []
  for (let at = 0; at < hashes.length; at += hashesPerQuery) {
    const messageHashes = hashes.slice(at, at + hashesPerQuery)
    const paginationLimit = BigInt(hashesPerQuery)
    const answer = await ask(session, signal, { messageHashes, paginationForward: true, paginationLimit })
    for (const { messageHash } of answer.messages) if (messageHash) found.push(bytesToHex(messageHash))
  }
  return found
}

async function ask(session: NodeSession, signal: AbortSignal, question: Partial<proto_store.StoreQueryRequest>) {
  const requestId = randomUUID()
  const { bytes } = await session.ask(
    [StoreCodec],
    () =>
      StoreQueryRequest.encode({ includeData: false, contentTopics: [], messageHashes: [], ...question, requestId }),
    { timeout, limit: answerBytes, signal },
  )
  let answer: proto_store.StoreQueryResponse
  try {
    answer = StoreQueryResponse.decode(bytes)
  } catch (error) {
    throw asWakuError(error, 'unavailable', 'The answer of the store does not decode.')
  }
  if (answer.statusCode !== 200) {
    const reason = answer.statusDesc || `The store refused with status ${answer.statusCode}.`
    // A cursor that was pruned meanwhile is refused as a bad request: the window is read again from its start.
    if (answer.statusCode === 400) throw new WakuError('refused', reason)
    throw refusalOf(answer.statusCode ?? 500, reason)
  }
  if (answer.requestId !== requestId) throw new WakuError('unavailable', 'The store answered another question.')
  return answer
}
