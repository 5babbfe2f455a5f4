/** The first question to every node: is it of our network, and which of our shards does it serve? */
import type { Connection } from '@libp2p/interface'
import { MetadataCodec } from '@waku/core'
import { proto_metadata } from '@waku/proto'
import { asWakuError, WakuError } from '../errors.ts'
import { request } from '../frames.ts'

const { WakuMetadataRequest, WakuMetadataResponse } = proto_metadata

/**
 * Those of `shards` that the node serves; all of them if it does not say.
 * @throws WakuError `invalid` for a node of another network or of none of the shards.
 */
export async function askShards(
  connection: Connection,
  clusterId: number,
  shards: readonly number[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const question = WakuMetadataRequest.encode({ clusterId, shards: [...shards] })
  const options = { timeout: 10_000, limit: 64 * 1024, signal }
  let answer: proto_metadata.WakuMetadataResponse
  try {
    const { bytes } = await request(connection, [MetadataCodec], () => question, options)
    answer = WakuMetadataResponse.decode(bytes)
  } catch (error) {
    throw asWakuError(error, 'unavailable', 'The node does not answer as a Waku node.')
  }
  if (answer.clusterId !== undefined && answer.clusterId !== clusterId)
    throw new WakuError('invalid', `The node belongs to cluster ${answer.clusterId}, this profile to ${clusterId}.`)
  if (answer.shards.length === 0) return shards
  const common = shards.filter((shard) => answer.shards.includes(shard))
  if (common.length === 0)
    throw new WakuError('invalid', `The node serves none of the shards ${shards.join(', ')}, but ${answer.shards}.`)
  return common
}
