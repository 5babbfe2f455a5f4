/**
 * Sends a message by 19/WAKU2-LIGHTPUSH: version 3, or version 2 where a node knows no other (go-waku). Not through
 * the SDK's `lightPush.send`: that turns every refusal into "Remote peer rejected", waits for an answer without end
 * and pushes only to peers that it picked, so that nobody learns what to change when a message is not taken.
 */
import { randomUUID } from 'node:crypto'
import { LightPushCodec, LightPushCodecV2 } from '@waku/core'
import { proto_lightpush } from '@waku/proto'
import { asWakuError, WakuError } from '../errors.ts'
import { type Envelope, refusalOf, toProto } from '../message.ts'
import type { NodeSession } from './session.ts'

const { LightPushRequestV3, LightPushResponseV3, PushRpc } = proto_lightpush

const timeout = 20_000
const answerBytes = 64 * 1024

/** Resolves when the node has taken the message. @throws WakuError with the node's reason. */
export async function push(session: NodeSession, envelope: Envelope, signal?: AbortSignal): Promise<void> {
  const requestId = randomUUID()
  const message = toProto(envelope.message)
  const pubsubTopic = envelope.topic
  const { codec, bytes } = await session.ask(
    [LightPushCodec, LightPushCodecV2],
    (spoken) =>
      spoken === LightPushCodecV2
        ? PushRpc.encode({ requestId, request: { pubsubTopic, message } })
        : LightPushRequestV3.encode({ requestId, pubsubTopic, message }),
    { timeout, limit: answerBytes, ...(signal === undefined ? {} : { signal }) },
  )
  const refusal = codec === LightPushCodecV2 ? refusalV2(bytes) : refusalV3(bytes)
  if (refusal !== null) throw refusal
}

function refusalV3(bytes: Uint8Array): WakuError | null {
  try {
    const { statusCode, statusDesc } = LightPushResponseV3.decode(bytes)
    return statusCode === 200 ? null : refusalOf(statusCode, statusDesc || `Refused with status ${statusCode}.`)
  } catch (error) {
    return asWakuError(error, 'unavailable', 'The answer does not decode.')
  }
}

function refusalV2(bytes: Uint8Array): WakuError | null {
  try {
    const { response } = PushRpc.decode(bytes)
    return response?.isSuccess ? null : new WakuError('refused', response?.info || 'The node refused the message.')
  } catch (error) {
    return asWakuError(error, 'unavailable', 'The answer does not decode.')
  }
}
