/** Answers 13/WAKU2-STORE v3 queries from the archive. */
import { StoreCodec } from '@waku/core'
import { proto_store } from '@waku/proto'
import { toProto } from '../message.ts'
import { type MessageArchive, type StoredMessage, UnknownCursorError } from './archive.ts'
import { decoded, type Exchange } from './exchange.ts'
import type { Limits } from './limits.ts'

const { StoreQueryRequest, StoreQueryResponse } = proto_store

export function storeExchange(archive: MessageArchive, limits: Limits): Exchange {
  const refuse = (statusCode: number, statusDesc: string, requestId = ''): Uint8Array =>
    StoreQueryResponse.encode({ requestId, statusCode, statusDesc, messages: [] })

  return {
    codec: StoreCodec,
    requestBytes: limits.requestBytes,
    refuse,
    answer(bytes) {
      const request = decoded(() => StoreQueryRequest.decode(bytes))
      const reason = flawOf(request, limits)
      if (reason !== null) return refuse(400, reason, request.requestId)
      try {
        const { messages, cursor } = lookUp(archive, request, limits)
        return StoreQueryResponse.encode({
          requestId: request.requestId,
          statusCode: 200,
          statusDesc: 'OK',
          messages: messages.map((stored) => keyValue(stored, request.includeData)),
          ...(cursor === null ? {} : { paginationCursor: cursor }),
        })
      } catch (error) {
        if (error instanceof UnknownCursorError) return refuse(400, error.message, request.requestId)
        throw error
      }
    },
  }
}

function flawOf(request: proto_store.StoreQueryRequest, limits: Limits): string | null {
  if (request.requestId === '') return 'A request needs an id.'
  if (request.messageHashes.length > limits.hashesPerQuery)
    return `A query names at most ${limits.hashesPerQuery} hashes.`
  if (request.messageHashes.length > 0)
    return request.contentTopics.length > 0 || request.timeStart !== undefined || request.timeEnd !== undefined
      ? 'A query by hash has no other criteria.'
      : null
  if (request.contentTopics.length > limits.topicsPerRequest)
    return `A query names at most ${limits.topicsPerRequest} content topics.`
  if (request.contentTopics.length > 0 !== Boolean(request.pubsubTopic))
    return 'Pubsub topic and content topics go together.'
  if (request.timeStart !== undefined && request.timeEnd !== undefined && request.timeStart > request.timeEnd)
    return 'The range ends before it starts.'
  return null
}

function lookUp(archive: MessageArchive, request: proto_store.StoreQueryRequest, { page }: Limits) {
  if (request.messageHashes.length > 0) return { messages: archive.byHashes(request.messageHashes), cursor: null }
  const asked = request.paginationLimit ?? 0n
  return archive.query({
    pubsubTopic: request.pubsubTopic ?? '',
    contentTopics: request.contentTopics,
    from: request.timeStart ?? null,
    to: request.timeEnd ?? null,
    cursor: request.paginationCursor?.length ? request.paginationCursor : null,
    forward: request.paginationForward,
    limit: asked > 0n && asked < BigInt(page.max) ? Number(asked) : asked > 0n ? page.max : page.default,
    maxBytes: page.bytes,
  })
}

function keyValue(stored: StoredMessage, includeData: boolean): proto_store.WakuMessageKeyValue {
  const { hash, message, pubsubTopic } = stored
  return includeData ? { messageHash: hash, message: toProto(message), pubsubTopic } : { messageHash: hash }
}
