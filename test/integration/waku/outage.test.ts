import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LocalWaku, ServiceOptions } from '../../../src/main/waku/local.ts'
import {
  general,
  historyOf,
  Inbox,
  online,
  quick,
  sealed,
  start,
  startMember,
  startService,
  tcpAddress,
  temporaryFolder,
  textOf,
  until,
} from './support.ts'

/** A service node that comes back on the same port as the same peer. */
async function restartable(): Promise<{ node: LocalWaku; restart: () => Promise<LocalWaku> }> {
  const folder = await temporaryFolder()
  const files = { storeFile: join(folder, 'store.db'), identityFile: join(folder, 'key') }
  const node = await start({ service: files })
  const port = Number(/tcp\/(\d+)/.exec(tcpAddress(node))?.[1])
  const service: ServiceOptions = { ...files, tcpPort: port, wsPort: null }
  return { node, restart: () => start({ service }) }
}

const offline = (member: LocalWaku) => until(member, () => member.status().state === 'connecting')

describe('when a service node goes away and comes back', () => {
  it('a member reconnects by itself, is pushed to again, and gets what it missed', async () => {
    const { node, restart } = await restartable()
    const member = await startMember([tcpAddress(node)])
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    await node.publish(sealed({ payload: Buffer.from('before') }))
    await inbox.has(1)
    await node.stop()
    await offline(member)
    await expect(member.publish(sealed())).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    const again = await restart()
    await again.publish(sealed({ payload: Buffer.from('meanwhile') }))
    await online(member)
    await inbox.has(2)
    await again.publish(sealed({ payload: Buffer.from('after') }))
    const records = await inbox.has(3)
    expect(records.map((record) => [textOf(record), record.origin])).toEqual([
      ['before', 'live'],
      ['meanwhile', 'store'],
      ['after', 'live'],
    ])
    await member.publish(sealed())
  })

  it('a reading that was interrupted goes on where it was, in order and without doubles', async () => {
    const { node, restart } = await restartable()
    const now = Date.now()
    for (let n = 0; n < 450; n++) await node.publish(sealed({ at: now - 450 + n, payload: Buffer.from(String(n)) }))
    const member = await startMember([tcpAddress(node)])
    const seen: number[] = []
    const restarted = Promise.withResolvers<void>()
    const query = { topics: [general], from: (now - 1000) as never, to: now as never }
    for await (const record of member.history(query)) {
      seen.push(Number(textOf(record)))
      if (seen.length !== 150) continue
      await node.stop()
      await offline(member)
      restart().then(() => restarted.resolve(), restarted.reject)
    }
    await restarted.promise
    expect(seen).toEqual(Array.from({ length: 450 }, (_, n) => n))
  })

  it('two service nodes relay to each other, and find each other again', async () => {
    const { node, restart } = await restartable()
    const other = await startService({}, { nodes: [tcpAddress(node)], backoff: quick })
    await online(other)
    const inbox = new Inbox()
    await other.subscribe([general], inbox.deliver)
    await node.publish(sealed())
    await inbox.has(1)
    const there = new Inbox()
    await node.subscribe([general], there.deliver)
    await other.publish(sealed())
    await there.has(1)
    expect([node.counts().stored, other.counts().stored]).toEqual([2, 2])
    await node.stop()
    await offline(other)
    const again = await restart()
    await online(other)
    await again.publish(sealed())
    await inbox.has(3)
  })
})

describe('an owner with remote service nodes', () => {
  it('keeps a message here once, however often it is sent until a remote node takes it', async () => {
    const { node, restart } = await restartable()
    const address = tcpAddress(node)
    await node.stop()
    const owner = await startService({}, { nodes: [address], backoff: quick })
    const message = sealed()
    await expect(owner.publish(message)).rejects.toMatchObject({ code: 'unavailable' })
    const renewed = { ...message, timestamp: (message.timestamp + 60_000_000_000n) as typeof message.timestamp }
    await expect(owner.publish(renewed)).rejects.toMatchObject({ code: 'unavailable' })
    expect(owner.counts().stored).toBe(1)
    const again = await restart()
    await online(owner)
    const { hash, acceptedBy } = await owner.publish(renewed)
    expect(acceptedBy).toBe(1)
    expect(await owner.stored([hash])).toEqual([true])
    expect([owner.counts().stored, again.counts().stored]).toEqual([1, 1])
  })

  it('reads its own store and the remote one as one, and says so when the remote one is missing', async () => {
    const { node } = await restartable()
    const owner = await startService({}, { nodes: [tcpAddress(node)], backoff: quick, patience: 200 })
    await online(owner)
    const now = Date.now()
    await owner.publish(sealed({ at: now - 3000, payload: Buffer.from('both') }))
    await node.publish(sealed({ at: now - 2000, payload: Buffer.from('relayed or pushed') }))
    expect((await historyOf(owner, now - 5000, now)).map(textOf)).toEqual(['both', 'relayed or pushed'])
    await node.stop()
    await offline(owner)
    const seen: string[] = []
    const reading = (async () => {
      const query = { topics: [general], from: (now - 5000) as never, to: now as never }
      for await (const record of owner.history(query)) seen.push(textOf(record))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
    expect(seen[0]).toBe('both')
  })
})
