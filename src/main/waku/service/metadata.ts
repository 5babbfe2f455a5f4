/**
 * Answers 66/WAKU2-METADATA with the shards really served. An empty list makes js-waku report "No peer available" and
 * makes go-waku disconnect (WAKU.md §7 and pitfall 2).
 */
import { MetadataCodec } from '@waku/core'
import { proto_metadata } from '@waku/proto'
import { decoded, type Exchange } from './exchange.ts'

const { WakuMetadataRequest, WakuMetadataResponse } = proto_metadata

export function metadataExchange(clusterId: number, shards: readonly number[], requestBytes: number): Exchange {
  return {
    codec: MetadataCodec,
    requestBytes,
    refuse: () => null,
    answer(bytes, connection) {
      const request = decoded(() => WakuMetadataRequest.decode(bytes))
      // Peers of another cluster get the answer that tells them so, and are let go.
      if (request.clusterId !== undefined && request.clusterId !== clusterId)
        setTimeout(() => connection.close().catch(() => {}), 100).unref()
      return WakuMetadataResponse.encode({ clusterId, shards: [...shards] })
    },
  }
}
