/** Our service node as stock js-waku sees it: everything here goes through the unmodified @waku/sdk. */
import { createEncoder, createLightNode, Decoder, type LightNode, Protocols } from '@waku/sdk'
import { createRoutingInfo } from '@waku/utils'
import { describe, expect, it } from 'vitest'
import type { LocalWaku } from '../../../src/main/waku/local.ts'
import {
  atEnd,
  day,
  general,
  historyOf,
  nanos,
  sealed,
  startMember,
  startService,
  tcpAddress,
  textOf,
  wsAddress,
} from './support.ts'

const networkConfig = { clusterId: 16 }
const routingInfo = createRoutingInfo(networkConfig, { shardId: 32 })

/** The SDK's own decoder takes version 0 only; Status sends version 1, whose envelope is the same. */
class AnyVersion extends Decoder {
  override fromProtoObj(topic: string, message: Parameters<Decoder['fromProtoObj']>[1]) {
    return super.fromProtoObj(topic, { ...message, version: 0 })
  }
}
const decoder = new AnyVersion(general, routingInfo)
const encoder = createEncoder({ contentTopic: general, routingInfo })

async function startSdk(node: LocalWaku, options: Parameters<typeof createLightNode>[0] = {}): Promise<LightNode> {
  const light = await createLightNode({
    networkConfig,
    bootstrapPeers: [wsAddress(node)],
    numPeersToUse: 1,
    ...options,
    libp2p: { hideWebSocketInfo: true, filterMultiaddrs: false },
  })
  atEnd(() => light.stop())
  await light.waitForPeers([Protocols.LightPush, Protocols.Filter, Protocols.Store], 8000)
  return light
}

function payload(text: string) {
  return { payload: new Uint8Array(Buffer.from(text)) }
}

describe('an unmodified @waku/sdk light node', () => {
  it('pushes by light push 3 and 2, and is pushed to by filter', async () => {
    const node = await startService()
    const light = await startSdk(node)
    const texts: string[] = []
    const both = Promise.withResolvers<void>()
    const subscribed = await light.filter.subscribe(decoder, (message) => {
      texts.push(textOf(message))
      if (texts.length === 2) both.resolve()
    })
    expect(subscribed).toBe(true)
    const options = { autoRetry: false }
    expect((await light.lightPush.send(encoder, payload('three'), options)).successes).toHaveLength(1)
    expect(
      (await light.lightPush.send(encoder, payload('two'), { ...options, useLegacy: true })).successes,
    ).toHaveLength(1)
    await both.promise
    expect(texts.toSorted()).toEqual(['three', 'two'])
    expect(await light.filter.unsubscribe(decoder)).toBe(true)
  })

  it('is refused on a shard that the node does not serve, in both versions', async () => {
    const node = await startService({}, { shards: [32] })
    const light = await startSdk(node)
    const foreign = createEncoder({
      contentTopic: general,
      routingInfo: createRoutingInfo(networkConfig, { shardId: 64 }),
    })
    for (const useLegacy of [false, true]) {
      const { successes, failures } = await light.lightPush.send(foreign, payload('x'), { autoRetry: false, useLegacy })
      expect(successes).toEqual([])
      expect(failures).toHaveLength(1)
    }
    expect(node.counts().stored).toBe(0)
  })

  it('reads the store page by page, forward and backward', async () => {
    const node = await startService()
    const light = await startSdk(node)
    const from = Date.now() - 3_600_000
    for (let n = 0; n < 120; n++) await node.publish(sealed({ at: from + n * 1000, payload: Buffer.from(String(n)) }))
    const pages: number[][] = []
    const range = { timeStart: new Date(from - 1), timeEnd: new Date(from + 119_000 + 1) } // its times are rounded floats
    for await (const page of light.store.queryGenerator([decoder], { ...range, paginationLimit: 50 })) {
      const numbers = (await Promise.all(page)).map((message) => Number(textOf(message ?? payload(''))))
      pages.push(numbers)
    }
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 20])
    expect(pages.flat()).toEqual(Array.from({ length: 120 }, (_, n) => n))
    const backward: number[][] = []
    const options = { ...range, paginationLimit: 50, paginationForward: false }
    for await (const page of light.store.queryGenerator([decoder], options))
      backward.push((await Promise.all(page)).map((message) => Number(textOf(message ?? payload('')))))
    expect(backward.map((page) => [page[0], page.at(-1)])).toEqual([
      [70, 119],
      [20, 69],
      [0, 19],
    ])
  })

  it('loses the newest part of 30 days, where our reader loses nothing', async () => {
    const node = await startService()
    const now = Date.now()
    for (let n = 0; n < 60; n++) await node.publish(sealed({ at: now - (59 - n) * (day / 2) }))
    const light = await startSdk(node)
    const found = new Set<string>()
    const note = (message: { readonly hashStr: string }) => {
      found.add(message.hashStr)
    }
    const range = { timeStart: new Date(now - 30 * day), timeEnd: new Date(now) }
    await light.store.queryWithOrderedCallback([decoder], note, range)
    expect(found.size).toBeLessThan(60)
    const member = await startMember([tcpAddress(node)])
    const records = await historyOf(member, now - 30 * day, now)
    expect(records).toHaveLength(60)
    expect(records.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 60 }, (_, n) => nanos(now - (59 - n) * (day / 2))),
    )
  })

  it('finds by peer exchange the nodes that ours knows', async () => {
    const known = await startService()
    const node = await startService({}, { nodes: [tcpAddress(known)] })
    const light = await startSdk(node, { discovery: { peerExchange: true } })
    const wanted = wsAddress(known).replace(/.*p2p\//, '')
    await new Promise<void>((resolve) => {
      const look = () => {
        if (light.libp2p.getPeers().some((peer) => peer.toString() === wanted)) resolve()
      }
      light.libp2p.addEventListener('peer:connect', look)
      look()
    })
  })
})
