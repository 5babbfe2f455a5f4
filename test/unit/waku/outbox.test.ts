import { describe, expect, it } from 'vitest'
import { WakuError } from '../../../src/main/waku/errors.ts'
import type { OutboxEntry, OutboxPort, OutboxRow, SealedMessage, WakuNetwork } from '../../../src/main/waku/network.ts'
import { Outbox } from '../../../src/main/waku/outbox.ts'
import type { ContentTopic, Millis, Nanos, NetworkStatus, PubsubTopic } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** A database that survives an outbox. */
class Table implements OutboxPort {
  readonly rows = new Map<string, OutboxRow & { sentAt: Millis | null; error: string }>()

  async add(entry: OutboxEntry) {
    if (this.rows.has(entry.id)) return
    this.rows.set(entry.id, { ...entry, attempts: 0, nextAt: entry.createdAt, sentAt: null, error: '' })
  }
  async due(now: Millis, limit: number) {
    return [...this.rows.values()]
      .filter(({ sentAt, nextAt }) => sentAt === null && nextAt <= now)
      .toSorted((a, b) => a.nextAt - b.nextAt)
      .slice(0, limit)
  }
  async retry(id: string, nextAt: Millis, renewed: Nanos | null, error: string) {
    const row = this.rows.get(id)
    if (row === undefined) return
    const sealed = renewed === null ? row.sealed : { ...row.sealed, timestamp: renewed }
    this.rows.set(id, { ...row, sealed, nextAt, error, attempts: row.attempts + 1 })
  }
  async sent(id: string, at: Millis) {
    const row = this.rows.get(id)
    if (row !== undefined) this.rows.set(id, { ...row, sentAt: at })
  }
  async pending() {
    return [...this.rows.values()].filter(({ sentAt }) => sentAt === null).length
  }
}

/** A network that takes messages or does not, and a store that has them or does not. */
class Network implements Pick<WakuNetwork, 'publish' | 'on'> {
  readonly published: SealedMessage[] = []
  readonly kept = new Set<string>()
  readonly lookups: number[] = []
  refusal: WakuError | null = null
  keeps = true
  store = true
  inFlight = 0
  most = 0
  #listener: (status: NetworkStatus) => void = () => {}

  async publish(sealed: SealedMessage) {
    this.most = Math.max(this.most, ++this.inFlight)
    await new Promise((resolve) => setImmediate(resolve))
    this.inFlight -= 1
    this.published.push(sealed)
    if (this.refusal !== null) throw this.refusal
    const hash = new Uint8Array(Buffer.from(`${Buffer.from(sealed.payload)}@${sealed.timestamp}`))
    if (this.keeps) this.kept.add(Buffer.from(hash).toString())
    return { hash, acceptedBy: 1 }
  }
  on(_event: 'status', listener: (status: NetworkStatus) => void) {
    this.#listener = listener
    return () => {}
  }
  online() {
    this.#listener({ state: 'online', peers: 1, nodes: [], outbox: 0 })
  }
  async stored(hashes: readonly Uint8Array[]) {
    this.lookups.push(hashes.length)
    return this.store ? hashes.map((hash) => this.kept.has(Buffer.from(hash).toString())) : null
  }
}

function bench({ lookup = true, inFlight = 16 } = {}) {
  const clock = new FakeClock()
  const table = new Table()
  const network = new Network()
  const sent: string[] = []
  const start = () => {
    const outbox = new Outbox({
      port: table,
      network,
      lookup: lookup ? network : null,
      clock,
      random: () => 0.5,
      inFlight,
      onSent: (id) => sent.push(id),
    })
    outbox.start()
    return outbox
  }
  const entry = (id: string, age = 0): OutboxEntry => ({
    id,
    createdAt: clock.now(),
    sealed: {
      pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
      contentTopic: '/waku/1/0xabcdef12/rfc26' as ContentTopic,
      payload: new Uint8Array(Buffer.from(id)),
      timestamp: (BigInt(clock.now() - age) * 1_000_000n) as Nanos,
      ephemeral: false,
    },
  })
  /** Moves time in small steps, in each of which what is sent has time to be answered. */
  const pass = async (ms: number) => {
    for (let step = 0; step < ms; step += 100) {
      await clock.advance(Math.min(100, ms - step))
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { clock, pass, table, network, sent, start, entry }
}

const down = new WakuError('unavailable', 'no node')

describe('the outbox', () => {
  it('is done with a message when a node took it and a store has it', async () => {
    const { pass, table, network, sent, start, entry } = bench()
    network.keeps = false
    const outbox = start()
    await outbox.add(entry('a'))
    await pass(1000)
    expect(network.published).toHaveLength(1)
    expect(await table.pending()).toBe(1)
    for (const { payload, timestamp } of network.published) network.kept.add(`${Buffer.from(payload)}@${timestamp}`)
    await pass(1000)
    expect(sent).toEqual(['a'])
    expect(network.published).toHaveLength(1)
    await outbox.stop()
  })

  it('sends again what a node took but no store has', async () => {
    const { pass, table, network, sent, start, entry } = bench()
    network.keeps = false
    const outbox = start()
    await outbox.add(entry('a'))
    await pass(15_500)
    expect(table.rows.get('a')?.error).toMatch(/no store has it/)
    network.keeps = true
    await pass(5000)
    expect(sent).toEqual(['a'])
    expect(network.published).toHaveLength(2)
    await outbox.stop()
  })

  it('believes the nodes where no store can be asked', async () => {
    const { pass, network, sent, start, entry } = bench()
    network.store = false
    const outbox = start()
    await outbox.add(entry('a'))
    await pass(1000)
    expect(sent).toEqual(['a'])
    await outbox.stop()
  })

  it('asks the store about many messages at once', async () => {
    const { pass, network, sent, start, entry } = bench()
    const outbox = start()
    for (let n = 0; n < 100; n++) await outbox.add(entry(`m${n}`))
    await pass(2000)
    expect(sent).toHaveLength(100)
    expect(network.lookups.length).toBeLessThanOrEqual(10)
    await outbox.stop()
  })

  it('sends each entry once, however often it is added, and never more than 16 at once', async () => {
    const { pass, network, sent, start, entry } = bench()
    const outbox = start()
    const entries = Array.from({ length: 200 }, (_, n) => entry(`m${n}`))
    for (const each of [...entries, ...entries]) await outbox.add(each)
    await pass(10_000)
    for (const each of entries) await outbox.add(each)
    await pass(1000)
    expect(sent).toHaveLength(200)
    expect(network.published).toHaveLength(200)
    expect(network.most).toBe(16)
    await outbox.stop()
  })

  it('R2.4 seals once: a retry sends the same bytes, and after 15 s only a new timestamp', async () => {
    const { pass, network, start, entry } = bench()
    network.refusal = down
    const outbox = start()
    const original = entry('a')
    await outbox.add(original)
    await pass(60_000)
    const { timestamp, ...rest } = original.sealed
    const times = network.published.map((sealed) => {
      expect(sealed).toEqual({ ...rest, timestamp: sealed.timestamp })
      return Number((sealed.timestamp - timestamp) / 1_000_000n)
    })
    expect(times.length).toBeGreaterThan(4)
    expect(times.filter((offset) => offset === 0).length).toBeGreaterThan(2)
    expect(times.every((offset) => offset === 0 || offset > 15_000)).toBe(true)
    expect(times.at(-1)).toBeGreaterThan(15_000)
    await outbox.stop()
  })

  it('never moves a message that was posted with an old time', async () => {
    const { pass, network, start, entry } = bench()
    network.refusal = down
    const outbox = start()
    const old = entry('a', 86_400_000)
    await outbox.add(old)
    await pass(120_000)
    expect(network.published.length).toBeGreaterThan(4)
    expect(network.published.every(({ timestamp }) => timestamp === old.sealed.timestamp)).toBe(true)
    await outbox.stop()
  })

  it('sends what waited as soon as the network is back', async () => {
    const { pass, network, sent, start, entry } = bench()
    network.refusal = down
    const outbox = start()
    for (let n = 0; n < 150; n++) await outbox.add(entry(`m${n}`))
    await pass(300_000)
    network.refusal = null
    network.online()
    await pass(1000)
    expect(sent).toHaveLength(150)
    await outbox.stop()
  })

  it('does not keep a message for a day when the clock is set back by one', async () => {
    const { clock, pass, network, sent, start, entry } = bench()
    network.refusal = down
    const outbox = start()
    await outbox.add(entry('before'))
    await pass(1000)
    network.refusal = null
    clock.jump(clock.now() - 86_400_000)
    await pass(60_000)
    expect(sent).toEqual(['before'])
    await outbox.stop()
  })

  it('does not run hot while the network says it is there but takes nothing', async () => {
    const { pass, network, start, entry } = bench()
    network.refusal = down
    const outbox = start()
    for (let n = 0; n < 200; n++) await outbox.add(entry(`m${n}`))
    network.online()
    await pass(500)
    expect(network.published.length).toBeLessThan(420)
    await outbox.stop()
  })

  it('keeps what no node will ever take, with the reason, and does not let it hold up the rest', async () => {
    const { pass, table, network, sent, start, entry } = bench({ inFlight: 1 })
    network.refusal = new WakuError('too-large', 'larger than 1 MiB')
    const outbox = start()
    await outbox.add(entry('large'))
    await pass(1000)
    network.refusal = null
    await outbox.add(entry('small'))
    await pass(1000)
    expect(sent).toEqual(['small'])
    expect(table.rows.get('large')?.error).toBe('larger than 1 MiB')
    await pass(600_000)
    expect(sent).toEqual(['small', 'large'])
    await outbox.stop()
  })

  it('takes up in its next life what was not finished in this one', async () => {
    const { clock, pass, network, sent, start, entry } = bench()
    network.refusal = down
    const first = start()
    await first.add(entry('a'))
    await pass(10)
    await first.stop()
    expect(clock.pending).toBe(0)
    network.refusal = null
    const second = start()
    await pass(20_000)
    expect(sent).toEqual(['a'])
    await second.stop()
  })

  it('survives a database that fails for a while', async () => {
    const { pass, table, sent, start, entry } = bench()
    const { due } = table
    table.due = async () => {
      throw new Error('busy')
    }
    const outbox = start()
    await table.add(entry('a'))
    await pass(3000)
    table.due = due
    await pass(3000)
    expect(sent).toEqual(['a'])
    await outbox.stop()
  })

  it('says when everything is sent', async () => {
    const { pass, network, sent, start, entry } = bench()
    const outbox = start()
    await outbox.drained()
    for (let n = 0; n < 40; n++) await outbox.add(entry(`m${n}`))
    let done = false
    const drained = outbox.drained().then(() => {
      done = true
    })
    await pass(100)
    expect([done, network.published.length]).toEqual([false, 40])
    await pass(1000)
    await drained
    expect(sent).toHaveLength(40)
    await outbox.stop()
  })
})
