import { describe, expect, it } from 'vitest'
import {
  day,
  general,
  historyOf,
  Inbox,
  type nanos,
  online,
  quick,
  random,
  sealed,
  shard64,
  start,
  startMember,
  startService,
  tcpAddress,
  textOf,
  until,
  wsAddress,
} from './support.ts'

describe('a member on a service node', () => {
  it.each(['tcp', 'ws'])('publishes, receives live and reads back over %s', async (transport) => {
    const node = await startService()
    const address = transport === 'tcp' ? tcpAddress(node) : wsAddress(node)
    const [writer, reader] = [await startMember([address]), await startMember([address])]
    const inbox = new Inbox()
    await reader.subscribe([general], inbox.deliver)
    const message = sealed()
    const { hash, acceptedBy } = await writer.publish(message)
    const [received] = await inbox.has(1)
    expect(acceptedBy).toBe(1)
    expect(received).toEqual({
      pubsubTopic: message.pubsubTopic,
      contentTopic: message.contentTopic,
      payload: message.payload,
      timestamp: message.timestamp,
      hash,
      origin: 'live',
    })
    const stored = await historyOf(reader, Date.now() - 60_000, Date.now() + 60_000)
    expect(stored).toEqual([{ ...received, origin: 'store' }])
    expect(await reader.stored([hash, new Uint8Array(32)])).toEqual([true, false])
  })

  it('listens to every shard it is configured for', async () => {
    const node = await startService()
    const member = await startMember([tcpAddress(node)])
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    await node.publish(sealed({ pubsubTopic: shard64 }))
    await node.publish(sealed())
    const topics = (await inbox.has(2)).map(({ pubsubTopic }) => pubsubTopic)
    expect(new Set(topics).size).toBe(2)
  })

  it('gets messages only on topics it asked for, and none after it let go', async () => {
    const node = await startService()
    const member = await startMember([tcpAddress(node)])
    const [first, second] = [new Inbox(), new Inbox()]
    const stop = await member.subscribe([general], first.deliver)
    await member.subscribe([random], second.deliver)
    await node.publish(sealed({ contentTopic: random }))
    await node.publish(sealed({ payload: Buffer.from('a') }))
    await first.has(1)
    stop()
    await node.publish(sealed({ payload: Buffer.from('b') }))
    await node.publish(sealed({ contentTopic: random }))
    await second.has(2)
    expect(first.records.map(textOf)).toEqual(['a'])
  })

  it('sends a message of 1 MiB, which is delivered, relayed and stored whole', async () => {
    const node = await startService()
    const other = await startService({}, { nodes: [tcpAddress(node)], backoff: quick })
    const [writer, reader] = [await startMember([tcpAddress(node)]), await startMember([tcpAddress(node)])]
    await online(other)
    const inbox = new Inbox()
    const relayed = new Inbox()
    await reader.subscribe([general], inbox.deliver)
    await other.subscribe([general], relayed.deliver)
    const payload = new Uint8Array(1024 * 1024).map((_, index) => index % 251)
    await writer.publish(sealed({ payload }))
    expect((await inbox.has(1))[0]?.payload.length).toBe(payload.length)
    expect(Buffer.compare((await relayed.has(1))[0]?.payload ?? new Uint8Array(), payload)).toBe(0)
    const [stored] = await historyOf(reader, Date.now() - 60_000, Date.now() + 1000)
    expect(Buffer.compare(stored?.payload ?? new Uint8Array(), payload)).toBe(0)
  })

  it('is told before anything is sent that a message is too large or on a foreign shard', async () => {
    const node = await startService()
    const member = await startMember([tcpAddress(node)])
    const tooLarge = member.publish(sealed({ payload: new Uint8Array(1024 * 1024 + 1) }))
    await expect(tooLarge).rejects.toMatchObject({ code: 'too-large', retryable: false })
    const wrongShard = member.publish(sealed({ pubsubTopic: '/waku/2/rs/16/128' as typeof shard64 }))
    await expect(wrongShard).rejects.toMatchObject({ code: 'wrong-shard', retryable: false })
  })

  it('says why a node is of no use: another cluster, other shards, another identity, nobody there', async () => {
    const cluster = await startService({}, { clusterId: 1 })
    const shards = await startService({}, { shards: [5] })
    const right = await startService()
    const gone = await startService()
    const impostor = tcpAddress(right).replace(/p2p\/.*/, tcpAddress(gone).replace(/.*p2p\//, 'p2p/'))
    await gone.stop()
    const nobody = tcpAddress(right).replace(/tcp\/\d+/, 'tcp/1')
    const nodes = [tcpAddress(cluster), tcpAddress(shards), impostor, nobody]
    const member = await start({ nodes, backoff: { base: 60_000, cap: 60_000 } })
    await until(member, () => member.status().nodes.every(({ error }) => error !== ''))
    const reasons = member.status().nodes.map(({ error }) => error)
    expect(reasons[0]).toMatch(/cluster 1, this profile to 16/)
    expect(reasons[1]).toMatch(/none of the shards 32, 64, but 5/)
    expect(reasons[2]).toMatch(/Another peer/)
    expect(reasons[3]).toMatch(/refused/)
    expect(member.status().state).toBe('connecting')
  })

  it('does not find ephemeral messages in the store, though they are delivered', async () => {
    const node = await startService()
    const member = await startMember([tcpAddress(node)])
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    await member.publish(sealed({ ephemeral: true }))
    await inbox.has(1)
    expect(await historyOf(member, Date.now() - day, Date.now() + 1000)).toEqual([])
    expect(node.counts().stored).toBe(0)
  })

  it('finds messages with times between milliseconds and on the edges of windows', async () => {
    const node = await startService()
    const member = await startMember([tcpAddress(node)])
    const from = 1_763_700_000_000
    const window = day - 2
    const offsets = [0n, 1n, 999_999n]
    const edges = [from, from + 1, from + window, from + window + 1, from + 2 * window + 2]
    const times = edges.flatMap((edge) => offsets.map((offset) => BigInt(edge) * 1_000_000n + offset))
    for (const timestamp of times) await node.publish(sealed({ timestamp: timestamp as ReturnType<typeof nanos> }))
    const found = await historyOf(member, from, edges.at(-1) ?? from)
    expect(found.map(({ timestamp }) => timestamp)).toEqual(times)
    for (const edge of edges) expect(await historyOf(member, edge, edge)).toHaveLength(3)
  })
})
