import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChatEffect, type MessageEffect, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { SearchPlace } from '../../../src/main/store/message-search.ts'
import type { ContactId } from '../../../src/shared/domain.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  alice,
  bob,
  chat,
  chatOf,
  community,
  edit,
  general,
  idOf,
  ms,
  only,
  other,
  pin,
  random,
  react,
  remove,
} from './support.ts'

let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
})
afterEach(() => store.close())

const ingest = (...effects: MessageEffect[]) => store.records.ingest(effects.map(only))
/** As an import does. */
const importLater = (...effects: MessageEffect[]) =>
  store.records.ingest(
    effects.map((effect) => ({ ...only(effect), source: 'archive' as const })),
    { searchable: 'later' },
  )
const said = (name: string, text: string, change: Partial<ChatEffect> = {}) => chat(name, { text, ...change })
const ask = (text: string, more: Partial<Parameters<Store['messages']['search']>[0]> = {}) =>
  store.messages.search({ communityId: community, terms: parseSearch(text), limit: 9, ...more })
/** Names of what is found, newest first. */
const search = async (...question: Parameters<typeof ask>) =>
  (await ask(...question)).messages.map(({ id }) => names.get(id) ?? id)
const names = new Map(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [idOf(name), name]))

describe('a search', () => {
  it('finds messages with every word, accents and case aside, the last word unfinished if that is what it takes', async () => {
    await ingest(said('a', 'Déjà vu in the archive'), said('b', 'An archive of nothing', { clock: ms(9) }))
    expect(await search('deja ARCH')).toEqual(['a'])
    expect(await search('deja ARCH ')).toEqual([])
    expect(await search('archive')).toEqual(['a', 'b'])
    expect(await search('archive', { chats: { only: [random], not: [] } })).toEqual([])
  })

  it('gives the newest first, whatever came first', async () => {
    for (const [name, clock] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const)
      await ingest(said(name, 'lamp', { clock: ms(clock) }))
    expect(await search('lamp')).toEqual(['c', 'b', 'a'])
    expect(await search('lamp', { limit: 2 })).toEqual(['c', 'b'])
  })

  it('heeds phrases, exclusions, authors, channels, times and what a message holds', async () => {
    const contents = { images: 1, held: ['link'] as const, thread: idOf('a') }
    await ingest(
      said('a', 'lamp oil', { clock: ms(1_000) }),
      said('b', 'oil lamp', { clock: ms(2_000), author: bob, displayName: 'Bob' }),
      said('c', 'lamp of oil https://x.example', { clock: ms(3_000), chatId: random, responseTo: idOf('a') }),
      said('d', 'lamp', { clock: ms(4_000), contents }),
    )
    expect(await search('"lamp oil"')).toEqual(['a'])
    expect(await search('lamp -oil')).toEqual(['d'])
    expect(await search('lamp -"oil lamp"')).toEqual(['d', 'c', 'a'])
    expect(await search('-oil')).toEqual(['d'])
    expect(await search('author:bo')).toEqual(['b'])
    expect(await search(`author:${alice.slice(0, 12)}`)).toEqual(['d', 'c', 'a'])
    expect(await search('lamp -author:bob')).toEqual(['d', 'c', 'a'])
    expect(await search('author:nobody lamp')).toEqual([])
    expect(await search('lamp', { chats: { only: [random], not: [] } })).toEqual(['c'])
    expect(await search('lamp', { chats: { only: [], not: [random] } })).toEqual(['d', 'b', 'a'])
    expect(await search('after:1970-01-01T00:00:03Z')).toEqual(['d', 'c'])
    expect(await search('lamp before:1970-01-01T00:00:03Z')).toEqual(['b', 'a'])
    expect(await search('has:link')).toEqual(['d', 'c'])
    expect(await search('has:image')).toEqual(['d'])
    expect(await search('has:thread')).toEqual(['d'])
    expect(await search('has:reply')).toEqual(['c'])
    expect(await search('lamp -has:link')).toEqual(['b', 'a'])
    expect(await search('has:link -has:reply')).toEqual(['d'])
    await store.unread.readAs(bob)
    expect(await search('author:me')).toEqual(['b'])
  })

  it('follows edits, deletions, pins and reactions', async () => {
    await ingest(said('a', 'before'), said('b', 'condemned'))
    await ingest(edit('e1', 'a', 'after'), remove('d1', 'b'))
    expect(await search('before')).toEqual([])
    expect(await search('condemned')).toEqual([])
    expect(await search('after')).toEqual(['a'])
    expect(await search('has:edit')).toEqual(['a'])
    await ingest(pin('p', 'a', true), react('r', 'a', '👍', false, { clock: 5 }))
    expect(await search('has:pin has:reaction after ')).toEqual(['a'])
    await ingest(pin('p2', 'a', false, { clock: 1_700_000_002_000 }), react('r2', 'a', '👍', true, { clock: 6 }))
    expect(await search('has:pin')).toEqual([])
    expect(await search('has:reaction')).toEqual([])
    await ingest(remove('d2', 'a'), edit('e2', 'a', 'too late', { clock: 1_700_000_009_000 }))
    expect(await search('late')).toEqual([])
  })

  it('finds imported messages by the name they came with', async () => {
    await ingest(said('a', 'lamp', { contentType: 12, displayName: 'Keeper of the Lamp' }), said('b', 'lamp'))
    expect(await search('author:"keeper of"')).toEqual(['a'])
    expect(await search('keeper ')).toEqual([])
    expect(await search('author:lamp')).toEqual([])
  })

  it('is of one community, though others say the same', async () => {
    await ingest(said('a', 'lamp'), said('b', 'lamp', { communityId: other, chatId: chatOf('x', other) }))
    expect(await search('lamp')).toEqual(['a'])
    expect(await search('-oil')).toEqual(['a'])
    expect(await search('lamp', { communityId: other })).toEqual(['b'])
    expect(await search('lamp', { order: 'ranked' })).toEqual(['a'])
  })

  it('R4.5 leaves out messages of the banned until asked for them', async () => {
    await ingest(said('a', 'lamp', { standing: 'banned' }), said('b', 'lamp', { clock: ms(1) }))
    for (const order of ['newest', 'ranked'] as const) {
      expect(await search('lamp', { order })).toEqual(['b'])
      expect((await search('lamp', { order, includeBanned: true })).sort()).toEqual(['a', 'b'])
    }
  })

  it('ranks what says most about it in the fewest words, and says among how many', async () => {
    await ingest(
      said('a', 'lamp', { clock: ms(1) }),
      said('b', `lamp ${'and many other things '.repeat(9)}`, { clock: ms(3) }),
      said('c', 'lamp lamp', { clock: ms(2) }),
      said('d', 'nothing of the kind'),
    )
    expect(await search('lamp', { order: 'ranked' })).toEqual(['c', 'a', 'b'])
    expect(await ask('lamp', { order: 'ranked', limit: 1 })).toMatchObject({ rankedAmong: 3 })
    expect(await ask('lamp')).toMatchObject({ rankedAmong: null })
  })

  it.each(['newest', 'ranked'] as const)('%s goes on page by page, each hit once', async (order) => {
    const all = Array.from({ length: 23 }, (_, n) =>
      said(`p${n}`, `lamp ${'oil '.repeat(n % 4)}`, { clock: ms(n % 5) }),
    )
    await ingest(...all)
    const seen: string[] = []
    let after: SearchPlace | undefined
    do {
      const page = await ask('lam', { order, limit: 4, ...(after ? { after } : {}) })
      seen.push(...page.messages.map(({ id }) => id))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen).toHaveLength(23)
    expect(new Set(seen).size).toBe(23)
  })

  it('takes anything that can be typed', async () => {
    await ingest(said('a', 'plain words AND operators'))
    for (const typed of [
      '"',
      '*',
      'a AND',
      'NEAR(',
      'text:x',
      '^',
      '-',
      '(((',
      "'; DROP TABLE messages",
      '\u0000',
      '👍',
      '',
    ])
      await expect(search(typed)).resolves.toBeInstanceOf(Array)
    expect(await search('words "AND')).toEqual(['a'])
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), async (typed, ranked) => {
        const more = ranked ? `* author:${typed} -${typed} has:image` : ''
        await search(`${typed}${more}`, { order: ranked ? 'ranked' : 'newest' })
      }),
      { numRuns: 100 },
    )
  })
})

describe('places in time', () => {
  it('are found for however many messages claim one instant, and for impossible clocks', async () => {
    const many = Array.from({ length: 500 }, (_, n) => said(`s${n}`, 'same', { clock: ms(7) }))
    await ingest(...many)
    await ingest(
      said('a', 'edge', { clock: ms(Number.MAX_SAFE_INTEGER) }),
      said('b', 'edge', { clock: ms(Number.MAX_SAFE_INTEGER - 1) }),
      said('c', 'edge', { clock: ms(0) }),
    )
    expect((await ask('same', { limit: 1000 })).messages).toHaveLength(500)
    expect((await search('edge')).sort()).toEqual(['a', 'b', 'c'])
  })
})

describe('names', () => {
  it('with as many bearers as there are, find no more than can be asked for', async () => {
    const people = Array.from({ length: 80 }, (_, n) => `0x04${String(n).padStart(128, '0')}` as ContactId)
    await ingest(
      ...people.map((author, n) => said(`n${n}`, 'lamp', { author, displayName: `Anna ${n}`, clock: ms(n) })),
    )
    expect((await ask('author:anna', { limit: 100 })).messages.length).toBeGreaterThanOrEqual(64)
    expect(await search('author:"anna 79"')).toEqual([idOf('n79')])
  })
})

it('a channel that is not known is no filter for others', async () => {
  await ingest(said('a', 'lamp'))
  expect(await search('lamp', { chats: { only: [chatOf('unheard of')], not: [] } })).toEqual([])
  expect(await search('lamp', { chats: { only: [general, chatOf('unheard of')], not: [] } })).toEqual(['a'])
})

describe('what was imported', () => {
  it('is found when its turn has come, the newest first, and until then is counted as not searched', async () => {
    await importLater(said('a', 'old fox', { clock: ms(1) }), said('b', 'new fox', { clock: ms(2) }))
    expect(await ask('fox')).toMatchObject({ messages: [], unsearched: 2 })
    expect(await store.searchBacklog.take(1)).toBe(1)
    expect(await search('fox')).toEqual(['b'])
    expect(await store.searchBacklog.take(9)).toBe(0)
    expect(await search('fox')).toEqual(['b', 'a'])
    expect(await store.searchBacklog.left()).toBe(0)
  })

  it('is in the index once, whatever happens to it while it waits', async () => {
    await importLater(said('a', 'a fox'), said('b', 'a hare'))
    await importLater(said('a', 'a fox'))
    await ingest(edit('e', 'a', 'a badger', { author: alice }))
    expect(await search('badger')).toEqual(['a'])
    await ingest(remove('f', 'b', false, { author: alice }))
    expect(await store.searchBacklog.left()).toBe(0)
    await store.searchBacklog.take(9)
    expect(await search('badger')).toEqual(['a'])
    expect(await search('fox')).toEqual([])
    expect(await search('hare')).toEqual([])
  })

  it('waits in its changed form when it was searchable before', async () => {
    await ingest(said('a', 'a fox'))
    await importLater(edit('e', 'a', 'a badger', { author: alice }))
    expect(await search('fox')).toEqual(['a'])
    await store.searchBacklog.take(9)
    expect(await search('fox')).toEqual([])
    expect(await search('badger')).toEqual(['a'])
  })
})
