/** Our nodes with others that speak less than js-waku does, as go-waku's source has it. */
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { FilterCodecs, LightPushCodecV2, MetadataCodec } from '@waku/core'
import { proto_filter_v2, proto_lightpush, proto_metadata } from '@waku/proto'
import { createLibp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../src/main/waku/client/addresses.ts'
import { readFrame, request, writeFrame } from '../../../src/main/waku/frames.ts'
import {
  atEnd,
  day,
  general,
  historyOf,
  sealed,
  shard32,
  startMember,
  startService,
  tcpAddress,
  textOf,
} from './support.ts'

async function plainHost(): Promise<Libp2p> {
  const host = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [mplex()],
    services: { identify: identify({ agentVersion: 'go-waku' }) },
  })
  atEnd(async () => host.stop())
  return host
}

describe('with a node that speaks as go-waku does', () => {
  it('a message is pushed by light push 2 where version 3 is not spoken', async () => {
    const host = await plainHost()
    const pushed: string[] = []
    const answer = (bytes: Uint8Array): Uint8Array => {
      const { requestId, request: push } = proto_lightpush.PushRpc.decode(bytes)
      pushed.push(textOf(push?.message ?? { payload: new Uint8Array() }))
      const response = pushed.length === 1 ? { isSuccess: true } : { isSuccess: false, info: 'not in the mood' }
      return proto_lightpush.PushRpc.encode({ requestId, response })
    }
    const metadata = () => proto_metadata.WakuMetadataResponse.encode({ clusterId: 16, shards: [32, 64] })
    for (const [codec, respond] of [
      [LightPushCodecV2, answer],
      [MetadataCodec, metadata],
    ] as const)
      await host.handle(codec, async ({ stream }) => {
        const frame = await readFrame(stream, 1_000_000).catch(() => null) // the SDK opens some that it never uses
        if (frame === null) return
        await writeFrame(stream, respond(frame.bytes))
        frame.end()
      })
    const member = await startMember([String(host.getMultiaddrs()[0])])
    await member.publish(sealed({ payload: Buffer.from('one') }))
    await expect(member.publish(sealed({ payload: Buffer.from('two') }))).rejects.toThrow('not in the mood')
    expect(pushed).toEqual(['one', 'two'])
  })

  it('each push has a stream of its own, because only its first message is read', async () => {
    const node = await startService()
    const host = await plainHost()
    const received: string[] = []
    const all = Promise.withResolvers<void>()
    await host.handle(FilterCodecs.PUSH, async ({ stream }) => {
      const { bytes } = await readFrame(stream, 1_000_000)
      const { wakuMessage } = proto_filter_v2.MessagePush.decode(bytes)
      received.push(textOf(wakuMessage ?? { payload: new Uint8Array() }))
      await stream.close()
      if (received.length === 20) all.resolve()
    })
    const identified = new Promise((resolve) => host.addEventListener('peer:identify', resolve, { once: true }))
    const connection = await host.dial(parseAddress(tcpAddress(node)))
    await identified
    const subscribe = proto_filter_v2.FilterSubscribeRequest.encode({
      requestId: 'r',
      filterSubscribeType: proto_filter_v2.FilterSubscribeRequest.FilterSubscribeType.SUBSCRIBE,
      pubsubTopic: shard32,
      contentTopics: [general],
    })
    await request(connection, [FilterCodecs.SUBSCRIBE], () => subscribe, { timeout: 5000, limit: 1000 })
    const texts = Array.from({ length: 20 }, (_, n) => String(n))
    for (const text of texts) await node.publish(sealed({ payload: Buffer.from(text) }))
    await all.promise
    expect(received).toEqual(texts)
  })
})

describe('many requests', () => {
  it('do not upset a peer with the usual tolerance for words on closed streams', async () => {
    const node = await startService()
    const host = await plainHost()
    const connection = await host.dial(parseAddress(tcpAddress(node)))
    const question = proto_metadata.WakuMetadataRequest.encode({ clusterId: 16, shards: [32] })
    for (let n = 0; n < 100; n++)
      await request(connection, [MetadataCodec], () => question, { timeout: 5000, limit: 1000 })
    expect(connection.status).toBe('open')
  })

  it('over a year, almost all of it empty, go day by day over one connection', async () => {
    const node = await startService()
    const now = Date.now()
    await node.publish(sealed({ at: now - 365 * day, payload: Buffer.from('first') }))
    await node.publish(sealed({ at: now, payload: Buffer.from('last') }))
    const member = await startMember([tcpAddress(node)])
    const changes: string[] = []
    member.on('status', ({ state }) => changes.push(state))
    expect((await historyOf(member, now - 365 * day, now)).map(textOf)).toEqual(['first', 'last'])
    expect(changes).toEqual([])
  })
})
