/** Takes messages in by 19/WAKU2-LIGHTPUSH, version 3 and version 2 (which is all that go-waku speaks). */
import { LightPushCodec, LightPushCodecV2 } from '@waku/core'
import { proto_lightpush } from '@waku/proto'
import { fromProto, maxEnvelopeBytes, type ProtoMessage, type WireMessage } from '../message.ts'
import { decoded, type Exchange } from './exchange.ts'

const { LightPushRequestV3, LightPushResponseV3, PushRpc } = proto_lightpush

/** What became of a pushed message. */
export interface PushOutcome {
  /** 200, or a status code of light push v3. */
  readonly status: number
  readonly reason: string
  /** Peers that it was relayed to. Being stored and filtered here counts as success without any. */
  readonly relayed: number
}

export type AcceptPush = (pubsubTopic: string, message: WireMessage) => Promise<PushOutcome>

const noMessage: PushOutcome = { status: 400, reason: 'The request holds no message.', relayed: 0 }

async function judged(accept: AcceptPush, topic: string | undefined, message: ProtoMessage | undefined) {
  return message === undefined ? noMessage : accept(topic ?? '', fromProto(message))
}

export function lightPushV3(accept: AcceptPush): Exchange {
  return {
    codec: LightPushCodec,
    requestBytes: maxEnvelopeBytes,
    refuse: (statusCode, statusDesc) => LightPushResponseV3.encode({ requestId: '', statusCode, statusDesc }),
    async answer(bytes) {
      const { requestId, pubsubTopic, message } = decoded(() => LightPushRequestV3.decode(bytes))
      const { status, reason, relayed } = await judged(accept, pubsubTopic, message)
      return LightPushResponseV3.encode({
        requestId,
        statusCode: status,
        statusDesc: reason,
        relayPeerCount: relayed,
      })
    },
  }
}

export function lightPushV2(accept: AcceptPush): Exchange {
  return {
    codec: LightPushCodecV2,
    requestBytes: maxEnvelopeBytes,
    refuse: (_status, info) => PushRpc.encode({ requestId: '', response: { isSuccess: false, info } }),
    async answer(bytes) {
      const { requestId, request } = decoded(() => PushRpc.decode(bytes))
      const { status, reason } = await judged(accept, request?.pubsubTopic, request?.message)
      return PushRpc.encode({ requestId, response: { isSuccess: status === 200, info: reason } })
    },
  }
}
