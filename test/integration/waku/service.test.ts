import { join } from 'node:path'
import { FilterCodecs, LightPushCodec, LightPushCodecV2, MetadataCodec, StoreCodec } from '@waku/core'
import { proto_filter_v2, proto_lightpush, proto_store } from '@waku/proto'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../src/main/waku/client/addresses.ts'
import { startLightHost } from '../../../src/main/waku/client/light-node.ts'
import { request } from '../../../src/main/waku/frames.ts'
import type { LocalWaku } from '../../../src/main/waku/local.ts'
import { maxEnvelopeBytes } from '../../../src/main/waku/message.ts'
import { defaultLimits } from '../../../src/main/waku/service/limits.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  atEnd,
  day,
  general,
  historyOf,
  Inbox,
  random,
  sealed,
  start,
  startMember,
  startService,
  tcpAddress,
  temporaryFolder,
  textOf,
} from './support.ts'

/** Sends bytes as they are and returns what comes back. */
async function stranger(node: LocalWaku): Promise<(codec: string, bytes: Uint8Array) => Promise<Uint8Array>> {
  const host = await startLightHost(16, () => true)
  atEnd(() => host.stop())
  const connection = await host.libp2p.dial(parseAddress(tcpAddress(node)))
  return async (codec, bytes) =>
    (await request(connection, [codec], () => bytes, { timeout: 5000, limit: 1_000_000 })).bytes
}

const garbage = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff])
const { StoreQueryRequest, StoreQueryResponse } = proto_store
const { FilterSubscribeRequest, FilterSubscribeResponse } = proto_filter_v2
const { LightPushRequestV3, LightPushResponseV3, PushRpc } = proto_lightpush

describe('a service node', () => {
  it('answers what it cannot decode with a status instead of a reset', async () => {
    const send = await stranger(await startService())
    expect(StoreQueryResponse.decode(await send(StoreCodec, garbage)).statusCode).toBe(400)
    expect(FilterSubscribeResponse.decode(await send(FilterCodecs.SUBSCRIBE, garbage)).statusCode).toBe(400)
    expect(LightPushResponseV3.decode(await send(LightPushCodec, garbage)).statusCode).toBe(400)
    expect(PushRpc.decode(await send(LightPushCodecV2, garbage)).response?.isSuccess).toBe(false)
    await expect(send(MetadataCodec, garbage)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('answers too large a request with 413, and goes on with the next', async () => {
    const send = await stranger(await startService())
    const tooLarge = new Uint8Array(maxEnvelopeBytes + 1)
    expect(LightPushResponseV3.decode(await send(LightPushCodec, tooLarge)).statusCode).toBe(413)
    expect(StoreQueryResponse.decode(await send(StoreCodec, new Uint8Array(70_000))).statusCode).toBe(413)
    expect(StoreQueryResponse.decode(await send(StoreCodec, garbage)).statusCode).toBe(400)
  })

  it('answers a peer that asks too often with 429', async () => {
    const limits = { ...defaultLimits, rate: { perSecond: 0.001, burst: 3 } }
    const send = await stranger(await startService({ limits }))
    const statuses: (number | undefined)[] = []
    for (let n = 0; n < 5; n++) statuses.push(StoreQueryResponse.decode(await send(StoreCodec, garbage)).statusCode)
    expect(statuses).toEqual([400, 400, 400, 429, 429])
  })

  it('says what is wrong with a store query', async () => {
    const send = await stranger(await startService())
    const ask = async (query: Partial<proto_store.StoreQueryRequest>) => {
      const bytes = StoreQueryRequest.encode({ requestId: 'r', contentTopics: [], messageHashes: [], ...query })
      return StoreQueryResponse.decode(await send(StoreCodec, bytes))
    }
    expect(await ask({ requestId: '' })).toMatchObject({ statusCode: 400 })
    expect(await ask({ contentTopics: [general] })).toMatchObject({ statusCode: 400, requestId: 'r' })
    expect(await ask({ messageHashes: [new Uint8Array(32)], timeStart: 1n })).toMatchObject({ statusCode: 400 })
    expect(await ask({ timeStart: 2n, timeEnd: 1n })).toMatchObject({ statusCode: 400 })
    expect(await ask({ paginationCursor: new Uint8Array(32), paginationForward: true })).toMatchObject({
      statusCode: 400,
      statusDesc: 'The cursor is not the hash of a stored message.',
    })
    expect(await ask({ messageHashes: Array.from({ length: 101 }, () => new Uint8Array(32)) })).toMatchObject({
      statusCode: 400,
    })
    expect(await ask({})).toMatchObject({ statusCode: 200, messages: [] })
  })

  it('bounds a page by its bytes, so that it fits the frames which readers accept', async () => {
    const node = await startService()
    const payload = new Uint8Array(1_000_000)
    for (let n = 0; n < 8; n++) await node.publish(sealed({ payload: payload.with(0, n), at: Date.now() + n }))
    const host = await startLightHost(16, () => true)
    atEnd(() => host.stop())
    const connection = await host.libp2p.dial(parseAddress(tcpAddress(node)))
    const query = StoreQueryRequest.encode({
      requestId: 'r',
      includeData: true,
      contentTopics: [],
      messageHashes: [],
      paginationForward: true,
      paginationLimit: 100n,
    })
    const { bytes } = await request(connection, [StoreCodec], () => query, { timeout: 5000, limit: 4 * 1024 * 1024 })
    expect(StoreQueryResponse.decode(bytes).messages).toHaveLength(3)
    const member = await startMember([tcpAddress(node)])
    expect(await historyOf(member, Date.now() - day, Date.now() + 1000)).toHaveLength(8)
  })

  it('refuses subscriptions to shards it does not serve, to too many topics, and to nothing', async () => {
    const send = await stranger(await startService())
    const subscribe = async (pubsubTopic: string, contentTopics: string[]) => {
      const filterSubscribeType = FilterSubscribeRequest.FilterSubscribeType.SUBSCRIBE
      const bytes = FilterSubscribeRequest.encode({ requestId: 'r', filterSubscribeType, pubsubTopic, contentTopics })
      return FilterSubscribeResponse.decode(await send(FilterCodecs.SUBSCRIBE, bytes)).statusCode
    }
    expect(await subscribe('/waku/2/rs/16/1', [general])).toBe(400)
    expect(await subscribe('/waku/2/rs/16/32', [])).toBe(400)
    expect(
      await subscribe(
        '/waku/2/rs/16/32',
        Array.from({ length: 101 }, (_, n) => `/${n}`),
      ),
    ).toBe(400)
    expect(await subscribe('/waku/2/rs/16/32', [general])).toBe(200)
  })

  it('refuses what has no topic, no content, too much of it, or the wrong time where times are checked', async () => {
    const clock = new FakeClock()
    const node = await startService({ maxAgeMs: 20_000 }, {}, { clock })
    const send = await stranger(node)
    const push = async (fields: Partial<proto_lightpush.WakuMessage>) => {
      const timestamp = BigInt(clock.now()) * 1_000_000n
      const message = { payload: new Uint8Array([1]), contentTopic: general, timestamp, ...fields }
      const bytes = LightPushRequestV3.encode({ requestId: 'r', pubsubTopic: '/waku/2/rs/16/32', message })
      return LightPushResponseV3.decode(await send(LightPushCodec, bytes)).statusCode
    }
    expect(await push({ contentTopic: '' })).toBe(400)
    expect(await push({ payload: new Uint8Array() })).toBe(400)
    expect(await push({ meta: new Uint8Array(65) })).toBe(400)
    expect(await push({ timestamp: BigInt(clock.now() - 21_000) * 1_000_000n })).toBe(420)
    expect(await push({ timestamp: BigInt(clock.now() + 21_000) * 1_000_000n })).toBe(420)
    expect(node.counts().stored).toBe(0)
    expect(await push({})).toBe(200)
    expect(await push({ timestamp: 0n, payload: new Uint8Array([2]) })).toBe(200)
    expect(node.counts().stored).toBe(2)
  })

  it('keeps messages for their retention from receipt, however old their own timestamps are', async () => {
    const clock = new FakeClock()
    const minute = 60_000
    const node = await startService({ retentionMs: 30 * minute }, {}, { clock })
    const ancient = clock.now() - 3000 * day
    await node.publish(sealed({ at: ancient }))
    await clock.advance(29 * minute)
    expect(await historyOf(node, ancient, ancient)).toHaveLength(1)
    await node.publish(sealed({ at: ancient + 1 }))
    await clock.advance(2 * minute)
    expect(await historyOf(node, ancient, ancient)).toHaveLength(0)
    expect(await historyOf(node, ancient, ancient + 1)).toHaveLength(1)
    expect(node.counts().stored).toBe(1)
  })

  it('forgets what was received before a moment, except on topics that are to stay', async () => {
    const clock = new FakeClock()
    const node = await startService({}, {}, { clock })
    const member = await startMember([tcpAddress(node)])
    const at = clock.now()
    await node.publish(sealed({ at }))
    await node.publish(sealed({ at, contentTopic: random }))
    await clock.advance(1000)
    const moment = clock.now()
    await node.publish(sealed({ at: at + 1, payload: Buffer.from('after') }))
    expect(node.forget({ receivedBefore: moment, exceptTopics: [random] })).toBe(1)
    expect((await historyOf(member, at, at + 1)).map(textOf)).toEqual(['after'])
    expect(await historyOf(member, at, at + 1, [random])).toHaveLength(1)
    expect(node.forget({ receivedBefore: (moment + 1) as Millis, exceptTopics: [] })).toBe(2)
    expect(node.counts().stored).toBe(0)
  })

  it('is the same peer with the same messages after a restart', async () => {
    const folder = await temporaryFolder()
    const service = { storeFile: join(folder, 'store.db'), identityFile: join(folder, 'key') }
    const before = await start({ service })
    const [address] = before.addresses()
    await before.publish(sealed({ payload: Buffer.from('kept') }))
    await before.stop()
    const after = await start({ service })
    expect(after.addresses()[0]?.replace(/tcp\/\d+/, '')).toBe(address?.replace(/tcp\/\d+/, ''))
    expect((await historyOf(after, Date.now() - 60_000, Date.now())).map(textOf)).toEqual(['kept'])
  })

  it('says that a port is taken', async () => {
    const port = Number(/tcp\/(\d+)/.exec(tcpAddress(await startService()))?.[1])
    for (const taken of [{ tcpPort: port }, { wsPort: port }])
      await expect(startService(taken)).rejects.toMatchObject({ code: 'unavailable', message: new RegExp(`${port}`) })
  })

  it('says which file is unusable', async () => {
    const folder = await temporaryFolder()
    const service = { storeFile: join(folder, 'missing', 'store.db'), identityFile: null }
    await expect(start({ service })).rejects.toMatchObject({ code: 'storage', message: /missing/ })
  })

  it('drops a subscriber whose queue runs over; it comes back and reads what it missed', async () => {
    const limits = { ...defaultLimits, queue: { messages: 5, bytes: 1_000_000 } }
    const node = await startService({ limits })
    const member = await startMember([tcpAddress(node)], { pingInterval: 100 })
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    await Promise.all(Array.from({ length: 50 }, () => node.publish(sealed())))
    const records = await inbox.has(50)
    expect(new Set(records.map(textOf)).size).toBe(50)
    expect(records.some(({ origin }) => origin === 'store')).toBe(true)
    await node.publish(sealed())
    expect((await inbox.has(51)).at(-1)?.origin).toBe('live')
  })
})
