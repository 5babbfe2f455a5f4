import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { openWaku, startServiceNode, type Waku } from '../../../src/main/waku/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import {
  atEnd,
  general,
  historyOf,
  Inbox,
  quick,
  random,
  sealed,
  startMember,
  temporaryFolder,
  textOf,
  until,
} from './support.ts'

async function threadedNode(onThread: (worker: Worker) => void = () => {}) {
  const folder = await temporaryFolder()
  const node = await startServiceNode({
    storeFile: join(folder, 'store.db'),
    identityFile: join(folder, 'key'),
    wsPort: null,
    onThread,
  })
  atEnd(() => node.stop())
  return node
}

async function threadedMember(nodes: readonly string[]): Promise<Waku> {
  const member = await openWaku({ nodes, backoff: quick })
  atEnd(() => member.stop())
  await until(member, () => member.status().state === 'online')
  return member
}

describe('the network in a thread of its own', () => {
  it('publishes, delivers, reads back and administers as it does in this thread', async () => {
    const node = await threadedNode()
    const member = await threadedMember(await node.service.addresses())
    expect(member.service).toBeNull()
    const inbox = new Inbox()
    const stop = await member.subscribe([general], inbox.deliver)
    const message = sealed()
    const { hash } = await node.publish(message)
    const [received] = await inbox.has(1)
    expect(received).toEqual({
      pubsubTopic: message.pubsubTopic,
      contentTopic: general,
      payload: message.payload,
      timestamp: message.timestamp,
      hash,
      origin: 'live',
    })
    stop()
    await member.publish(sealed({ contentTopic: random }))
    expect(await historyOf(member, Date.now() - 60_000, Date.now())).toEqual([{ ...received, origin: 'store' }])
    expect(await member.stored([hash, new Uint8Array(32)])).toEqual([true, false])
    expect(await node.service.count()).toBe(2)
    const receivedBefore = (Date.now() + 1) as Millis
    expect(await node.service.forget({ receivedBefore, exceptTopics: [random] })).toBe(1)
    expect(await node.service.prune(Date.now() as Millis)).toBe(0)
    expect(await node.service.count()).toBe(1)
    expect(inbox.records).toHaveLength(1)
  })

  it('keeps the codes of errors', async () => {
    const node = await threadedNode()
    const tooLarge = node.publish(sealed({ payload: new Uint8Array(2_000_000) }))
    await expect(tooLarge).rejects.toMatchObject({ name: 'WakuError', code: 'too-large', retryable: false })
    const member = await threadedMember(await node.service.addresses())
    const stop = new AbortController()
    stop.abort()
    const query = { topics: [general], from: 0 as Millis, to: Date.now() as Millis, signal: stop.signal }
    await expect(member.history(query)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'aborted' })
    const folder = await temporaryFolder()
    const broken = openWaku({ service: { storeFile: join(folder, 'no', 'store.db'), identityFile: null } })
    await expect(broken).rejects.toMatchObject({ code: 'storage' })
    await expect(openWaku({ nodes: ['/ip4/127.0.0.1/tcp/1'] })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('comes back by itself on the same port, with its subscriptions and its members', async () => {
    const workers: Worker[] = []
    const node = await threadedNode((worker) => workers.push(worker))
    const addresses = await node.service.addresses()
    const member = await startMember(addresses)
    const [here, there] = [new Inbox(), new Inbox()]
    await node.subscribe([general], here.deliver)
    await member.subscribe([general], there.deliver)
    await node.publish(sealed({ payload: Buffer.from('before') }))
    await there.has(1)
    await workers[0]?.terminate()
    await until(node, () => node.status().state === 'connecting')
    await expect(node.publish(sealed())).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await until(node, () => node.status().state === 'online')
    expect(await node.service.addresses()).toEqual(addresses)
    await until(member, () => member.status().state === 'online')
    await member.publish(sealed({ payload: Buffer.from('after') }))
    await there.has(2)
    const texts = new Set((await here.has(2)).map(textOf))
    while (texts.size < 2) for (const record of await here.has(here.records.length + 1)) texts.add(textOf(record))
    expect([...texts].toSorted()).toEqual(['after', 'before'])
    expect(workers).toHaveLength(2)
  })

  it('hands over 2,000 messages live and from the store, in order', async () => {
    const node = await threadedNode()
    const member = await threadedMember(await node.service.addresses())
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    const now = Date.now()
    await Promise.all(Array.from({ length: 2000 }, (_, n) => node.publish(sealed({ at: now - 2000 + n }))))
    await inbox.has(2000)
    const stored = await historyOf(member, now - 3000, now)
    expect(stored).toHaveLength(2000)
    expect(stored.map(({ timestamp }) => timestamp)).toEqual(stored.map(({ timestamp }) => timestamp).toSorted())
    expect(new Set(inbox.records.map(textOf))).toEqual(new Set(stored.map(textOf)))
  })
})
