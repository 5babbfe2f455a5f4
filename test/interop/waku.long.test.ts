/** Light nodes of the unmodified @waku/sdk on our service node. CI sees the same in test/integration/waku. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEncoder, createLightNode, Decoder, type LightNode, Protocols } from '@waku/sdk'
import { createRoutingInfo } from '@waku/utils'
import { describe, expect } from 'vitest'
import { root } from '../../scripts/lib/supported-node.mjs'
import type { LocalWaku } from '../../src/main/waku/local.ts'
import { atEnd, general, sealed, startService, textOf, wsAddress } from '../integration/waku/support.ts'
import { meetings } from './support/matrix.ts'

const meet = meetings('Waku')
const manifest: { version: string } = JSON.parse(
  readFileSync(join(root, 'node_modules/@waku/sdk/package.json'), 'utf8'),
)
const sdk = { name: '@waku/sdk', version: manifest.version, missing: null }

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
const payloadOf = (text: string) => ({ payload: new Uint8Array(Buffer.from(text)) })

async function lightNode(node: LocalWaku): Promise<LightNode> {
  const libp2p = { hideWebSocketInfo: true, filterMultiaddrs: false }
  const light = await createLightNode({ networkConfig, bootstrapPeers: [wsAddress(node)], numPeersToUse: 1, libp2p })
  atEnd(() => light.stop())
  await light.waitForPeers([Protocols.LightPush, Protocols.Filter, Protocols.Store], 30_000)
  return light
}

describe('our service node serves a light node', () => {
  for (const [version, useLegacy] of [
    ['3', false],
    ['2', true],
  ] as const)
    meet(sdk, { direction: 'to us', what: `a message by light push ${version}, stored and pushed on` }, async () => {
      const node = await startService()
      const light = await lightNode(node)
      const { successes } = await light.lightPush.send(encoder, payloadOf('said'), { autoRetry: false, useLegacy })
      expect(successes).toHaveLength(1)
      expect(node.counts().stored).toBe(1)
    })

  meet(sdk, { direction: 'both ways', what: 'a subscription by filter, and a message to it' }, async () => {
    const node = await startService()
    const light = await lightNode(node)
    const heard = Promise.withResolvers<string>()
    expect(await light.filter.subscribe(decoder, (message) => heard.resolve(textOf(message)))).toBe(true)
    await node.publish(sealed({ payload: Buffer.from('heard') }))
    expect(await heard.promise).toBe('heard')
    expect(await light.filter.unsubscribe(decoder)).toBe(true)
  })

  for (const paginationForward of [true, false])
    meet(
      sdk,
      {
        direction: 'from us',
        what: `120 stored messages in pages of 50, ${paginationForward ? 'forward' : 'backward'}`,
      },
      async () => {
        const node = await startService()
        const light = await lightNode(node)
        const from = Date.now() - 3_600_000
        for (let n = 0; n < 120; n += 1)
          await node.publish(sealed({ at: from + n * 1000, payload: Buffer.from(String(n)) }))
        const range = { timeStart: new Date(from - 1), timeEnd: new Date(from + 119_000 + 1) }
        const pages: number[][] = []
        for await (const page of light.store.queryGenerator([decoder], {
          ...range,
          paginationLimit: 50,
          paginationForward,
        }))
          pages.push((await Promise.all(page)).map((message) => Number(textOf(message ?? payloadOf('')))))
        expect(pages.map(({ length }) => length)).toEqual([50, 50, 20])
        const inOrder = paginationForward ? pages : pages.toReversed()
        expect(inOrder.flat()).toEqual(Array.from({ length: 120 }, (_, n) => n))
      },
    )
})
