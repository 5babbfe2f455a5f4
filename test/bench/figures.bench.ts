/** The figures of docs/performance.md, measured one after the other and written down together. RULES.md R8.3. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PIECE_LENGTH } from '../../src/main/wire/index.ts'
import { addWeek, engineWith } from './support/engine-alone.ts'
import { type Figure, figure, holds, median, ROUNDS, table, timed, writeReport } from './support/figures.ts'
import { importBench } from './support/importing.ts'
import { followerOf } from './support/members.ts'
import {
  type BenchOwner,
  costOfIndex,
  freePort,
  ownerOf,
  publishOneMore,
  type Relay,
  relayTo,
} from './support/owners.ts'

/** What a founder has, and what everybody has. */
const corpora = ['../shared/corpus/community-log.ndjson.gz', 'resources/sample/community.ndjson']
const figures: Figure[] = []
const meaning = `
- **Publishing**: two communities, one with 10 archived weeks and one with 520, take turns in having one more week
  published: schedule, claim, encoding in its thread, the torrent engine in its thread, the commit. The index has one
  entry for each archive and is written whole each time; what encoding, hashing and writing an index of that size takes
  by itself is measured in each round and subtracted. Hashed are the new pieces and the index, exactly: anything else
  fails the run. "The engine alone" has an index of the same length on both sides instead.
- **A member's next download**: what a member that has 520 weeks fetches for one more, over the size of the new pieces
  and the index. Payload is what BitTorrent counts; "everything" also holds handshakes, requests and the torrent's own
  description, as a relay between both counts it.
- **Importing**: a whole history out of its archives into an empty database with its search index, over the recovery of
  the same messages' signatures and nothing else, on as many threads as verify an import. Small archives cost more than
  their signatures: each is made durable by itself.
`
/** As many as there are when nothing was left out or broke. */
const ALL = 6

const ms = (values: readonly number[]) => `${median(values).toFixed(1)} ms`
const kb = (bytes: readonly number[]) => `${(median(bytes) / 1000).toFixed(1)} kB`
const numbers = (): [number[], number[]] => [[], []]

/** Both sides in each round, which begins with the one that came second in the round before; a few for warming up. */
async function alternate(warmUp: number, sides: readonly ((counts: boolean) => Promise<void>)[]): Promise<void> {
  for (let round = -warmUp; round < ROUNDS; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side(round >= 0)
}

function show(one: Figure): void {
  figures.push(one)
  expect(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

let scratch: string
let relay: Relay
let young: BenchOwner
let old: BenchOwner
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'chronicle-bench-'))
  const port = await freePort()
  relay = await relayTo(port)
  young = await ownerOf(10)
  // Its links name the relay, so that whatever members get from it can be counted.
  old = await ownerOf(520, { port, addresses: [relay.address] })
})
afterAll(async () => {
  await young?.close()
  await old?.close()
  relay?.close()
  rmSync(scratch, { recursive: true, force: true })
  console.log(`\n${table(figures)}\n`)
  if (figures.length === ALL) writeReport('Weeks and imports', figures, meaning)
})

describe('figures', () => {
  it('publishing one more week costs what is new, however much there is', async () => {
    const [whole, own] = [numbers(), numbers()]
    await alternate(
      3,
      [old, young].map((owner, side) => async (counts) => {
        const { took, hashed, newBytes, entries, index } = await publishOneMore(owner)
        expect(hashed).toBe(newBytes + index.length)
        const indexAlone = await costOfIndex(entries, scratch)
        if (!counts) return
        whole[side]?.push(took)
        own[side]?.push(took - indexAlone)
      }),
    )
    const name = 'Publishing a week after 520, over after 10'
    figures.push(figure({ name: `${name}: with the index`, limit: null, sides: whole.map(ms).join(' and ') }, ...whole))
    show(figure({ name, limit: { atMost: 1.5 }, sides: own.map(ms).join(' and ') }, ...own))
  })

  it('so does the torrent engine by itself', async () => {
    const times = numbers()
    const engines = [await engineWith(520), await engineWith(10)]
    await alternate(
      1,
      engines.map((engine, side) => async (counts) => {
        const { took, hashed } = await addWeek(engine)
        expect(hashed).toBe(PIECE_LENGTH)
        if (counts) times[side]?.push(took)
      }),
    )
    const name = 'Publishing a week after 520, over after 10: the engine alone, equal indexes'
    show(figure({ name, limit: { atMost: 1.5 }, sides: times.map(ms).join(' and ') }, ...times))
  })

  it('a member’s next download is the new pieces and the index', async () => {
    const [payload, wire, size]: [number[], number[], number[]] = [[], [], []]
    const member = await followerOf(old, join(scratch, 'member'))
    try {
      await member.restoreAll()
      relay.take()
      for (let round = 0; round < ROUNDS; round += 1) {
        const { newBytes, index } = await publishOneMore(old)
        payload.push(await member.restoreAll())
        wire.push(relay.take())
        size.push(newBytes + index.length)
      }
    } finally {
      await member.close()
    }
    const name = 'A member’s next download, over new pieces and index'
    const all = { name: `${name}: everything`, limit: null, sides: `${kb(wire)} and ${kb(size)}` }
    figures.push(figure(all, wire, size))
    show(figure({ name, limit: { atMost: 1.05 }, sides: `${kb(payload)} and ${kb(size)}` }, payload, size))
  })

  it('an import keeps within sight of the recovery of its signatures', async () => {
    const file = corpora.map((path) => new URL(`../../${path}`, import.meta.url).pathname).find(existsSync) ?? ''
    const bench = await importBench(file, scratch)
    const rates = numbers()
    const sides = [bench.importAll, () => timed(bench.recoverAll)]
    try {
      await alternate(
        1,
        sides.map((work, side) => async (counts) => {
          const took = await work()
          if (counts) rates[side]?.push((bench.messages / took) * 1000)
        }),
      )
    } finally {
      await bench.close()
    }
    const each = rates.map((values) => Math.round(median(values))).join(' and ')
    const about = `${each} a second: ${bench.messages} messages, ${bench.archives} archives, ${bench.threads} threads`
    show(
      figure(
        { name: 'Importing messages, over recovering signatures', limit: { atLeast: 0.05 }, sides: about },
        ...rates,
      ),
    )
  })
})
