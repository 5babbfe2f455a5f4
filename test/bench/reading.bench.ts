/**
 * Reading and searching 1,000,000 messages, measured where front ends ask: at the contract. `npm run bench -- reading`.
 * These are times, not ratios: on a machine that is busy with other things they say nothing. CHRONICLE_BENCH_MESSAGES takes
 * another length of history, CHRONICLE_BENCH_CORPUS another corpus; then nothing is written to docs/performance.md.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message, Millis } from '../../src/shared/domain.ts'
import { circumstances, type Figure, figure, timed, writeReport } from './support/figures.ts'
import { type LongHistory, longHistory } from './support/long-history.ts'
import { storedQueries } from './support/stored-queries.ts'

const FULL = 1_000_000
const MESSAGES = Number(process.env.CHRONICLE_BENCH_MESSAGES ?? FULL)
/** As many as there are when nothing was left out. */
const ALL = 5
const meaning = `
- ${MESSAGES.toLocaleString('en')} messages over ten years, the corpus repeated; everything is asked at the contract, with
  nothing else going on.
- **ms**: 19 of 20 are faster; a page and a jump are of 100 messages in any channel, anywhere in the history.
- **A search**: 60 stored queries, a third of rare words, a third of middling and a third of such as are in more than 5 % of
  all messages; ranked among the newest 20,000 hits.
`
const corpora = ['../shared/corpus/community-log.ndjson.gz', 'resources/sample/community.ndjson']
const lines: string[] = []
const figures: Figure[] = []

let folder: string
let history: LongHistory
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-reading-'))
  const paths = corpora.map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)))
  const file = process.env.CHRONICLE_BENCH_CORPUS ?? paths.find(existsSync) ?? ''
  const took = await timed(async () => {
    history = await longHistory(folder, file, MESSAGES)
  })
  lines.push(`${MESSAGES} messages, written in ${(took / 1000).toFixed(0)} s; ${circumstances()}`)
})
afterAll(async () => {
  await history?.close()
  rmSync(folder, { recursive: true, force: true })
  console.log(`\n${lines.join('\n')}\n`)
  const isWhole = figures.length === ALL && MESSAGES === FULL && process.env.CHRONICLE_BENCH_CORPUS === undefined
  if (isWhole) writeReport('Reading a million messages', figures, meaning)
})

/** ms: half of them are faster, and 19 of 20. */
function judge(name: string, times: readonly number[], limit: number): void {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  const shown = [0.5, 0.95, 1].map((share) => at(share).toFixed(1)).join(' / ')
  lines.push(`${name}: p50 / p95 / max ${shown} ms of ${times.length}; p95 at most ${limit} ms`)
  const sides = `p50 / p95 / longest ${shown} ms of ${times.length}`
  figures.push(figure({ name: `${name}, p95, ms`, limit: { atMost: limit }, sides }, [at(0.95)], [1]))
  expect.soft(at(0.95), name).toBeLessThan(limit)
}

/** Places in a history that follow from a number, all over it. */
const spread = (n: number): number => {
  const [from, to] = history.span
  return Math.floor(from + ((n * 0.618_034) % 1) * (to - from))
}
const chats = () => history.community.channels.map(({ chatId }) => chatId)
const chat = (n: number) => chats()[n % chats().length] ?? ''

describe('a history of a million messages', () => {
  it('is read by pages, in either direction, around a message, and from a time on', async () => {
    const { client } = history
    const [pages, jumps, arounds]: [number[], number[], number[]] = [[], [], []]
    for (let n = -10; n < 200; n += 1) {
      const chatId = chat(n + 20) as Message['chatId']
      let found: readonly Message[] = []
      const jump = await timed(async () => {
        const at = spread(n + 10) as Millis
        found = (await client.request('messages.page', { chatId, at, limit: 100 })).messages
      })
      const middle = found[found.length >> 1]
      if (middle === undefined) continue
      const place = { clock: middle.clock, id: middle.id }
      const side = n % 3 === 0 ? {} : n % 3 === 1 ? { before: place } : { after: place }
      const page = await timed(() => client.request('messages.page', { chatId, ...side, limit: 100 }))
      const around = await timed(() => client.request('messages.page', { chatId, around: place.id, limit: 100 }))
      if (n < 0) continue
      pages.push(page)
      jumps.push(jump)
      arounds.push(around)
    }
    judge('a page of 100', pages, 10)
    judge('a page around a message', arounds, 10)
    judge('a jump to a date', jumps, 30)
  })

  it.each([
    ['newest', 30],
    ['ranked', 100],
  ] as const)('is searched, %s first', async (order, limit) => {
    const { client, community, corpus } = history
    const queries = storedQueries(corpus)
    expect(queries).toHaveLength(60)
    const times: number[] = []
    const among: number[] = []
    for (let round = -1; round < 3; round += 1)
      for (const { text } of queries) {
        const ask = { communityId: community.id, text: `${text} `, order, limit: 50 } as const
        const took = await timed(async () => {
          const { hits, rankedAmong } = await client.request('messages.search', ask)
          // The copies may leave out the corpus's last few messages, and with them a phrase.
          expect(hits.length, text).toBeGreaterThan(/[:"-]/.test(text) ? -1 : 0)
          among.push(rankedAmong ?? 0)
        })
        if (round >= 0) times.push(took)
      }
    if (order === 'ranked') lines.push(`ranked among ${Math.max(...among)} at most`)
    judge(`a search, ${order} first`, times, limit)
  })
})
