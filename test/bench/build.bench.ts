/**
 * What making archives costs beyond reading the rows, and what a history weighs in the database: `npm run bench --
 * build`. CHRONICLE_BENCH_FULL=1 makes an archive of 30 MB.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Builder } from '../../src/main/archives/builder.ts'
import { systemClock } from '../../src/main/clock.ts'
import { openStore, type Store } from '../../src/main/store/index.ts'
import type { CommunityId, Millis, Seconds, Topic4 } from '../../src/shared/domain.ts'
import { community, raw, record } from '../unit/store/support.ts'
import { type Figure, FULL_SIZE, figure, holds, median, ROUNDS, table, timed, writeReport } from './support/figures.ts'
import { longHistory } from './support/long-history.ts'

/** bytes of a record's payload: what a short text takes once it is sealed and signed. */
const PAYLOAD = 900
/** The largest archive there is holds a little less than 30 MB. */
const RECORDS = FULL_SIZE ? 30_000 : 10_000
const MESSAGES = FULL_SIZE ? 200_000 : 20_000
const MB = 1e6
const corpora = ['../shared/corpus/community-log.ndjson.gz', 'resources/sample/community.ndjson']
const from = 1_699_999_200 as Seconds
const to = (from + 7 * 24 * 3600) as Seconds

const meaning = `
- **Making an archive**: ${RECORDS.toLocaleString('en')} claimed records out of the database, in pages from the store's thread to the
  archive thread, encoded there, on the disk. Against it a scan of the same rows, of all their columns and in the same order,
  by SQLite alone in one thread.
- **Memory**: how much the process holds at most while that goes on, over what it held before.
- **The database**: ${MESSAGES.toLocaleString('en')} messages as a member imports them, with everything that lists and finds them, over
  the bytes of their text alone.
`
const figures: Figure[] = []
let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'chronicle-bench-build-'))
})
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
  console.log(`\n${table(figures)}\n`)
  if (figures.length === 3) writeReport('Archives and the database', figures, meaning)
})

function show(one: Figure): void {
  figures.push(one)
  expect.soft(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

/** A store with one claimed partition. */
async function claimed(file: string): Promise<{ readonly store: Store; readonly id: number }> {
  const store = await openStore({ file, clock: systemClock, backupEvery: null })
  await store.communities.add({
    ...{ id: community, role: 'owner', membership: 'joined', generation: 'N2', historyArchives: true },
    ...{ sealedKey: null, deviceId: new Uint8Array(16), createdAt: 0 as Millis },
  })
  for (let at = 0; at < RECORDS; at += 1000)
    await store.records.ingest(
      Array.from({ length: Math.min(1000, RECORDS - at) }, (_, n) =>
        raw(record(at + n, { payload: Buffer.alloc(PAYLOAD, at + n), timestamp: (from + at + n) as Seconds })),
      ),
    )
  const [partition] = await store.archives.claim(community, [], [{ from, to }], 0 as Millis)
  if (partition?.records !== RECORDS) throw new Error(`${partition?.records} records were claimed`)
  return { store, id: partition.id }
}

/** All the rows, read and thrown away, as fast as SQLite gives them. */
function scan(file: string): number {
  const db = new Database(file, { readonly: true })
  let rows = 0
  const all = `SELECT sig, timestamp, topic, payload, padding, hash, third_party_id FROM raw_records
    ORDER BY community, partition_id, timestamp, topic, hash`
  for (const _row of db.prepare(all).iterate()) rows += 1
  db.close()
  return rows
}

describe('an archive', () => {
  it('is made at a good part of the speed at which its rows are read, in little memory', async () => {
    const file = join(scratch, 'owner.sqlite')
    const { store, id } = await claimed(file)
    const builder = new Builder(store, join(scratch, 'staging'))
    const topics = ['c09a9d22' as Topic4]
    const rates: [number[], number[]] = [[], []]
    const peaks: number[] = []
    let size = 0
    for (let round = -1; round < ROUNDS; round += 1) {
      const before = process.memoryUsage.rss()
      let peak = before
      const looking = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss())
      }, 5)
      const job = { communityId: community as CommunityId, id, from, to, topics }
      const built = await timed(async () => {
        const { parts } = await builder.stage(job, new AbortController().signal)
        size = parts.reduce((sum, { bytes }) => sum + bytes, 0)
        expect(parts.reduce((sum, { messages }) => sum + messages, 0)).toBe(RECORDS)
      })
      clearInterval(looking)
      const scanned = await timed(() => expect(scan(file)).toBe(RECORDS))
      peaks.push((peak - before) / MB)
      if (round < 0) continue
      rates[0].push((RECORDS * 1000) / built)
      rates[1].push((RECORDS * 1000) / scanned)
    }
    await builder.close()
    await store.close()
    const sides = `${rates.map((all) => median(all).toFixed(0)).join(' and ')} a second`
    show(figure({ name: 'Making an archive, over scanning its rows', limit: { atLeast: 0.05 }, sides }, ...rates))
    const most = Math.max(...peaks)
    const about = `${most.toFixed(0)} MB more for an archive of ${(size / MB).toFixed(1)} MB`
    const name = 'Memory while making it, MB'
    show(figure({ name, limit: { atMost: 100 }, sides: about }, [most], [1]))
  })
})

describe('the database', () => {
  it('weighs a small multiple of the text in it', async () => {
    const corpus = corpora.map((path) => new URL(`../../${path}`, import.meta.url).pathname).find(existsSync) ?? ''
    const folder = join(scratch, 'reader')
    mkdirSync(folder)
    const { corpus: said, client, close } = await longHistory(folder, corpus, MESSAGES)
    const [profile] = await client.request('profiles.list')
    await close()
    const weight = statSync(join(folder, 'profiles', profile?.id ?? '', 'chronicle.sqlite')).size
    // The texts of the corpus in turn, again from the first when all were said.
    const text = said.reduce((sum, one) => sum + Buffer.byteLength(one.text), 0) * (MESSAGES / said.length)
    const each = [weight, text].map((bytes) => `${(bytes / MESSAGES).toFixed(0)} B`).join(' and ')
    const name = 'Database bytes of a message, over its text'
    show(figure({ name, limit: { atMost: 12 }, sides: each }, [weight], [text]))
  })
})
