/** What is read often, or in a long history, is read by an index: cost follows the page, not the history. */
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { openRepositories } from '../../../src/main/store/repositories.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { batchOf } from '../../support/store-batches.ts'
import { community, general, idOf, ms, s } from './support.ts'

const db = new Database(':memory:')
migrate(db, migrations, ms(1))
const prepared = new Set<string>()
const prepare = db.prepare.bind(db)
db.prepare = (source: string) => {
  prepared.add(source)
  return prepare(source)
}
const { records, messages, unread } = openRepositories(db)
records.ingest(batchOf(0, 300))
db.pragma('optimize')

/** The plans of the statements that `step` is the first to use. */
function plansOf(step: () => unknown): string[] {
  const before = new Set(prepared)
  step()
  return [...prepared]
    .filter((source) => !before.has(source))
    .flatMap((source) => {
      const values = Array.from({ length: source.split('?').length - 1 }, () => 1)
      return db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${source}`).all(...values)
    })
    .map(({ detail }) => detail)
}

const place = { clock: ms(1_700_000_001_000), id: idOf(3) }
const range = { communityId: community, from: s(0), to: s(2 ** 40), partition: null, limit: 5 }
const position = { timestamp: s(1), topic: new Uint8Array(4), hash: new Uint8Array(32) }

describe('reading by index', () => {
  it.each<[string, () => unknown]>([
    ['the newest page of a channel', () => messages.page({ chatId: general, limit: 5 })],
    ['an older page', () => messages.page({ chatId: general, before: place, limit: 5 })],
    ['a newer page', () => messages.page({ chatId: general, after: place, limit: 5 })],
    ['the beginning of a history', () => messages.history({ communityId: community, limit: 5 })],
    [
      'a later part of it',
      () => messages.history({ communityId: community, after: { ...place, chatId: general }, limit: 5 }),
    ],
    ['a message', () => messages.get(community, idOf(1))],
    ['pinned messages', () => messages.pinned(general, 5)],
    ['a page around the first unread message', () => messages.page({ chatId: general, around: 'unread', limit: 5 })],
    ['how many messages a channel has', () => messages.count({ communityId: community, chatId: general })],
    ['what is unread', () => unread.list(community)],
    ['marking as read', () => unread.mark(general, place)],
    ['what is known of some ids', () => messages.known(community, [idOf(1)])],
    ['a scan of records', () => records.scan({ ...range, after: position })],
    ['the earliest record that waits', () => records.earliestWaiting(community)],
    ['the newest record', () => records.latest(community)],
  ])('%s', (_name, step) => {
    const plans = plansOf(step)
    expect(plans.filter((detail) => /^SCAN|TEMP B-TREE/.test(detail))).toEqual([])
    expect(plans.length).toBeGreaterThan(0)
  })

  it('a search follows the index of words from the newest on, and sorts nothing', () => {
    const plans = plansOf(() => messages.search({ communityId: community, terms: parseSearch('fox'), limit: 5 }))
    expect(plans.filter((detail) => /TEMP B-TREE/.test(detail))).toEqual([])
    expect(plans.filter((detail) => /^SCAN/.test(detail) && !/VIRTUAL TABLE INDEX/.test(detail))).toEqual([
      // One row each.
      'SCAN CONSTANT ROW',
      'SCAN message_conversion',
      'SCAN message_words_left',
      // Two rows at most.
      'SCAN community_keys',
    ])
  })
})
