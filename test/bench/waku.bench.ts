/**
 * What a message costs on its way over a service node, and a page of history out of a full store: `npm run bench --
 * waku`. Everything is in this process, on loopback. CHRONICLE_BENCH_FULL=1 takes a store of 1,000,000 messages.
 */
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Connection } from '@libp2p/interface'
import { MetadataCodec } from '@waku/core'
import { afterAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/main/waku/client/addresses.ts'
import { startLightHost } from '../../src/main/waku/client/light-node.ts'
import { request } from '../../src/main/waku/frames.ts'
import type { LocalWaku } from '../../src/main/waku/local.ts'
import { MessageArchive } from '../../src/main/waku/service/archive.ts'
import { defaultLimits } from '../../src/main/waku/service/limits.ts'
import type { Millis } from '../../src/shared/domain.ts'
import {
  atEnd,
  general,
  sealed,
  shard32,
  start,
  startMember,
  startService,
  tcpAddress,
  temporaryFolder,
  textOf,
} from '../integration/waku/support.ts'
import { type Figure, FULL_SIZE, figure, holds, median, ROUNDS, table, timed, writeReport } from './support/figures.ts'

const STORED = FULL_SIZE ? 1_000_000 : 100_000
/** What the full store is held against. */
const FEW = 10_000
/** ms between two stored messages: a busy community's. */
const GAP = 60_000
const PAGE = 100
const EACH = 200
const PAGES = 50
const FLYING = 32
/** Allows what no single person asks. */
const limits = { ...defaultLimits, rate: { perSecond: 1_000_000, burst: 1_000_000 } }

const meaning = `
- **From publishing to delivery**: one person's light push, kept in the service node's store, pushed by filter to
  another person; ${EACH} in each round, one after the other. Against it the smallest request and answer on the same libp2p
  stack (TCP, noise, mplex). All three are in one process, whose one thread does the work of all.
- **Messages a second**: the same, ${FLYING} at a time; against as many of the smallest requests.
- **A page**: ${PAGE} messages of a time anywhere in the history, asked over the network, out of ${STORED.toLocaleString('en')} stored ones against
  ${FEW.toLocaleString('en')}.
`
const figures: Figure[] = []

afterAll(() => {
  console.log(`\n${table(figures)}\n`)
  if (figures.length === 4) writeReport('Waku', figures, meaning)
})

function show(one: Figure): void {
  figures.push(one)
  expect.soft(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

const ms = (values: readonly number[]) => `${median(values).toFixed(2)} ms`
function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The smallest question there is. */
async function asker(node: LocalWaku): Promise<() => Promise<unknown>> {
  const host = await startLightHost(16, () => true)
  atEnd(() => host.stop())
  const connection: Connection = await host.libp2p.dial(parseAddress(tcpAddress(node)))
  return () => request(connection, [MetadataCodec], () => new Uint8Array(), { timeout: 5000, limit: 10_000 })
}

/** Publishes by one, and resolves when the other has it. */
async function carrier(node: LocalWaku): Promise<() => Promise<void>> {
  const [from, to] = [await startMember([tcpAddress(node)]), await startMember([tcpAddress(node)])]
  const waiting = new Map<string, () => void>()
  await to.subscribe([general], (record) => waiting.get(textOf(record))?.())
  let serial = 0
  return async () => {
    serial += 1
    const text = `${serial} ${'x'.repeat(300)}`
    const here = Promise.withResolvers<void>()
    waiting.set(text, here.resolve)
    const pushed = from.publish(sealed({ payload: new TextEncoder().encode(text) }))
    await Promise.all([pushed, here.promise])
    waiting.delete(text)
  }
}

const both = (): [number[], number[]] => [[], []]

/** ms of each, one after the other. */
async function each(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n += 1) times.push(await timed(work))
  return times
}

/** A second, `FLYING` being on their way at a time. */
async function rate(work: () => Promise<unknown>): Promise<number> {
  const runs = async () => {
    for (let n = 0; n < EACH / FLYING; n += 1) await work()
  }
  const took = await timed(() => Promise.all(Array.from({ length: FLYING }, runs)))
  return (FLYING * Math.ceil(EACH / FLYING) * 1000) / took
}

async function alternate(sides: readonly [(counts: boolean) => Promise<void>, (counts: boolean) => Promise<void>]) {
  for (let round = -1; round < ROUNDS; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side(round >= 0)
}

describe('a message', () => {
  it('is with others after a few round trips', async () => {
    const node = await startService({ limits })
    const sides = [await carrier(node), await asker(node)] as const
    const [half, most, flow] = [both(), both(), both()]
    const measure = (side: 0 | 1) => async (counts: boolean) => {
      const times = await each(EACH, sides[side])
      const flows = await rate(sides[side])
      if (!counts) return
      half[side].push(at(times, 0.5))
      most[side].push(at(times, 0.99))
      flow[side].push(flows)
    }
    await alternate([measure(0), measure(1)])
    const name = 'From publishing to delivery, over the smallest request'
    show(figure({ name: `${name}, p50`, limit: { atMost: 8 }, sides: half.map(ms).join(' and ') }, ...half))
    show(figure({ name: `${name}, p99`, limit: { atMost: 8 }, sides: most.map(ms).join(' and ') }, ...most))
    const rates = flow.map((values) => median(values).toFixed(0)).join(' and ')
    const about = { name: 'Messages delivered, over the smallest requests', limit: { atLeast: 0.1 } }
    show(figure({ ...about, sides: `${rates} a second` }, ...flow))
  })
})

/** A service node with so many messages, and a question for a page of them. */
async function librarian(messages: number): Promise<() => Promise<void>> {
  const storeFile = join(await temporaryFolder(), 'store.db')
  const end = Date.now()
  const archive = new MessageArchive(storeFile)
  for (let n = 0; n < messages; n += 1) {
    const timestamp = BigInt(end - n * GAP) * 1_000_000n
    const payload = randomBytes(300)
    const hash = createHash('sha256').update(payload).digest()
    archive.put(
      shard32,
      { contentTopic: general, payload, version: 1, timestamp, meta: null, ephemeral: false },
      hash,
      end as Millis,
    )
  }
  archive.close()
  const service = await start({ service: { storeFile, identityFile: null, limits } })
  const member = await startMember([tcpAddress(service)])
  let asked = 0
  return async () => {
    asked += 1
    const before = Math.floor(((asked * 0.618_034) % 1) * (messages - PAGE)) * GAP
    const to = (end - before) as Millis
    const from = (to - (PAGE - 1) * GAP) as Millis
    let found = 0
    for await (const batch of member.historyBatches({ topics: [general], from, to })) found += batch.length
    if (found !== PAGE) throw new Error(`${found} messages came`)
  }
}

describe('a full store', () => {
  it('is asked as quickly as one that is nearly empty', async () => {
    const sides = [await librarian(STORED), await librarian(FEW)] as const
    const times = both()
    const measure = (side: 0 | 1) => async (counts: boolean) => {
      const took = await each(PAGES, sides[side])
      if (counts) times[side].push(at(took, 0.5))
    }
    await alternate([measure(0), measure(1)])
    const name = `A page out of ${STORED.toLocaleString('en')} stored messages, over out of ${FEW.toLocaleString('en')}`
    show(figure({ name, limit: { atMost: 1.5 }, sides: times.map(ms).join(' and ') }, ...times))
  })
})
