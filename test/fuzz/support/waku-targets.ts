/**
 * Requests to our Waku service node, and what other nodes answer. Their decoders are those of @waku/proto; whatever they
 * throw is a bad request to the one who asked (service/exchange.ts).
 */
import { proto_filter_v2, proto_lightpush, proto_metadata, proto_peer_exchange, proto_store } from '@waku/proto'
import { decodeWire, encodeWire, judge } from '../../../src/main/waku/message.ts'
import { decoded } from '../../../src/main/waku/service/exchange.ts'
import { decoding, roundTrip, type Target } from './target.ts'

const { FilterSubscribeRequest, MessagePush } = proto_filter_v2
const { LightPushRequestV3, PushRpc } = proto_lightpush
const { PeerExchangeRPC } = proto_peer_exchange
const { StoreQueryRequest, StoreQueryResponse } = proto_store
const { WakuMetadataRequest } = proto_metadata
const topic = '/waku/2/rs/16/32'
const contentTopic = '/waku/1/0x01020304/rfc26'
const payload = Uint8Array.of(1, 2, 3)
const message = {
  payload,
  contentTopic,
  version: 1,
  timestamp: 1_700_000_000_000_000_000n,
  ephemeral: false,
  meta: payload,
}
const rules = { topics: new Set([topic]), maxAgeMs: null }

function request<T>(
  name: string,
  codec: { readonly decode: (bytes: Uint8Array) => T; readonly encode: (value: T) => Uint8Array },
  example: T,
): Target {
  return {
    name: `Waku: ${name}`,
    seeds: () => [codec.encode(example)],
    run: decoding((input) => decoded(() => codec.decode(input))),
  }
}

export const wakuTargets: readonly Target[] = [
  {
    name: 'Waku: message',
    seeds: () => [encodeWire({ ...message, timestamp: 0n, meta: null }), encodeWire(message)],
    run: (input) => {
      const read = decoded(() => decodeWire(input))
      const verdict = judge(topic, read, rules, 1_700_000_000_000)
      return verdict === null ? roundTrip(decodeWire, encodeWire)(input) : String(verdict.status)
    },
  },
  request('filter subscription', FilterSubscribeRequest, {
    requestId: 'a',
    filterSubscribeType: FilterSubscribeRequest.FilterSubscribeType.SUBSCRIBE,
    pubsubTopic: topic,
    contentTopics: [contentTopic],
  }),
  request('filter push', MessagePush, { wakuMessage: message, pubsubTopic: topic }),
  request('light push', PushRpc, { requestId: 'a', request: { pubsubTopic: topic, message } }),
  request('light push v3', LightPushRequestV3, { requestId: 'a', pubsubTopic: topic, message }),
  request('store query', StoreQueryRequest, {
    requestId: 'a',
    includeData: true,
    pubsubTopic: topic,
    contentTopics: [contentTopic],
    timeStart: 1n,
    timeEnd: 2n,
    messageHashes: [new Uint8Array(32)],
    paginationCursor: new Uint8Array(32),
    paginationForward: true,
    paginationLimit: 20n,
  }),
  request('store answer', StoreQueryResponse, {
    requestId: 'a',
    statusCode: 200,
    statusDesc: 'OK',
    messages: [{ messageHash: new Uint8Array(32), message, pubsubTopic: topic }],
    paginationCursor: new Uint8Array(32),
  }),
  request('metadata', WakuMetadataRequest, { clusterId: 16, shards: [32, 64] }),
  request('peer exchange', PeerExchangeRPC, { query: { numPeers: 5n }, response: { peerInfos: [{ enr: payload }] } }),
]
