import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MessageAim, type MessageEffect, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { MessageId } from '../../../src/shared/domain.ts'
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
  personOf,
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
const search = async (text: string, from = store) =>
  (await from.messages.search({ communityId: community, terms: parseSearch(text), limit: 1000 })).messages
const get = (name: string) => store.messages.get(community, idOf(name))

describe('a message', () => {
  it('is read as it was posted', async () => {
    await ingest(chat('hello', { responseTo: idOf('earlier'), clock: ms(5), timestamp: ms(4) }))
    expect(await get('hello')).toEqual({
      id: idOf('hello'),
      communityId: community,
      chatId: general,
      author: alice,
      authorName: 'Alice',
      clock: 5,
      timestamp: 4,
      text: 'text of hello',
      contentType: 1,
      responseTo: idOf('earlier'),
      editedAt: null,
      deleted: false,
      pinned: false,
      images: 0,
      thread: null,
      reactions: [],
      source: 'live',
      origin: null,
      standing: 'member',
    })
    expect(await store.messages.body(community, idOf('hello'))).toEqual(new Uint8Array([1, 2, 3]))
    expect(await get('unknown')).toBeNull()
  })

  it('R4.6 is taken in once, whatever comes with the second copy', async () => {
    const { fresh, chatIds, duplicates } = await ingest(chat('a'), chat('b'), chat('a'))
    expect([fresh, chatIds, duplicates]).toEqual([[idOf('a'), idOf('b')], [general], 1])
    expect(await ingest(chat('a', { text: 'something else' }))).toEqual({ fresh: [], chatIds: [], duplicates: 1 })
    expect((await get('a'))?.text).toBe('text of a')
    expect(await store.messages.count({ communityId: community })).toBe(2)
    expect(await store.messages.known(community, [idOf('a'), idOf('c'), idOf('b')])).toEqual([idOf('a'), idOf('b')])
  })

  it('R4.4 with an imported id belongs to its community alone', async () => {
    const imported = '1234567890' as MessageId
    const there = chat('x', { id: imported, communityId: other, chatId: chatOf('general', other), text: 'there' })
    await ingest(chat('x', { id: imported, text: 'here' }), there)
    expect((await store.messages.get(community, imported))?.text).toBe('here')
    expect((await store.messages.get(other, imported))?.text).toBe('there')
  })

  it('says who said it elsewhere, with their newest picture, and when it was last changed', async () => {
    const zoe = (avatarUrl: string) => ({ kind: 'discord' as const, authorId: '42', avatarUrl })
    await ingest(
      chat('second', { clock: ms(20), origin: zoe('new.png'), editedAt: ms(25) }),
      chat('first', { clock: ms(10), origin: zoe('old.png'), editedAt: ms(15) }),
      edit('corrected', 'first', 'corrected here', { clock: 30 }),
      pin('pinned', 'second', true),
    )
    expect(await get('first')).toMatchObject({ origin: zoe('new.png'), editedAt: 30, text: 'corrected here' })
    expect(await get('second')).toMatchObject({ origin: zoe('new.png'), editedAt: 25, pinned: true })
  })

  it('bears the name that its author uses now, and an imported one the name that it came with', async () => {
    await ingest(
      chat('new', { clock: ms(20), displayName: 'Alice B' }),
      chat('old', { clock: ms(10), displayName: 'Alice' }),
      chat('nameless', { clock: ms(30), displayName: '' }),
      chat('imported', { clock: ms(5), contentType: 12, displayName: 'Somebody' }),
    )
    expect((await get('old'))?.authorName).toBe('Alice B')
    expect((await get('nameless'))?.authorName).toBe('Alice B')
    expect((await get('imported'))?.authorName).toBe('Somebody')
    expect(await store.messages.authorName(community, alice)).toBe('Alice B')
    expect(await store.messages.authorName(community, bob)).toBe('')
  })
})

describe('effects', () => {
  it('edit only their author’s message, the newest winning', async () => {
    await ingest(
      chat('m'),
      edit('e2', 'm', 'second', { clock: 20 }),
      edit('e1', 'm', 'first', { clock: 10 }),
      edit('e3', 'm', 'forged', { clock: 30, author: bob }),
      edit('e4', 'm', 'elsewhere', { clock: 40, chatId: random }),
    )
    expect(await get('m')).toMatchObject({ text: 'second', editedAt: 20 })
    const texts = (await store.messages.editHistory(community, idOf('m'))).map((version) => version.text)
    expect(texts).toEqual(['text of m', 'first', 'second'])
  })

  it('delete for the author and for those who may, and for nobody else', async () => {
    await ingest(chat('own'), remove('d1', 'own'))
    await ingest(chat('moderated'), remove('d2', 'moderated', true, { author: bob }))
    await ingest(chat('kept'), remove('d3', 'kept', false, { author: bob }))
    expect(await get('own')).toMatchObject({ deleted: true, text: '' })
    expect(await get('moderated')).toMatchObject({ deleted: true, text: '' })
    expect(await get('kept')).toMatchObject({ deleted: false, text: 'text of kept' })
    expect(await store.messages.editHistory(community, idOf('own'))).toEqual([])
  })

  it('wait for a message that comes after them', async () => {
    await ingest(edit('e', 'm', 'edited'), pin('p', 'm', true), react('r', 'm', '👍', false, { author: bob }))
    expect(await get('m')).toBeNull()
    await ingest(chat('m'))
    expect(await get('m')).toMatchObject({
      text: 'edited',
      pinned: true,
      reactions: [{ emoji: '👍', authors: [bob] }],
    })
    expect(await search('edited')).toHaveLength(1)
  })

  it('of one instant are told apart by their ids, whichever came first', async () => {
    for (const message of ['rising', 'falling']) {
      const ids = [idOf(`${message} 1`), idOf(`${message} 2`)].sort()
      if (message === 'falling') ids.reverse()
      await ingest(chat(message))
      for (const id of ids) await ingest({ ...edit('e', message, id), id })
      expect((await get(message))?.text).toBe(ids.sort()[1])
    }
  })

  it('pin and take off by the newest word', async () => {
    await ingest(chat('m'), pin('on', 'm', true, { clock: 10 }))
    expect((await store.messages.pinned(general, 9)).map((message) => message.id)).toEqual([idOf('m')])
    await ingest(pin('off', 'm', false, { clock: 20, author: bob }), pin('late', 'm', true, { clock: 15 }))
    expect((await get('m'))?.pinned).toBe(false)
    expect(await store.messages.pinned(general, 9)).toEqual([])
  })

  it('gather reactions by emoji, without those taken back', async () => {
    const carol = personOf('carol')
    await ingest(
      chat('m'),
      react('r1', 'm', '👍', false, { clock: 1, author: bob }),
      react('r2', 'm', '🎉', false, { clock: 2, author: alice }),
      react('r3', 'm', '👍', false, { clock: 3, author: carol }),
      react('r5', 'm', '👍', true, { clock: 5, author: bob }),
      react('r4', 'm', '👍', false, { clock: 4, author: bob }),
    )
    expect((await get('m'))?.reactions).toEqual([
      { emoji: '🎉', authors: [alice] },
      { emoji: '👍', authors: [carol] },
    ])
  })

  it('come to the same state in every order, batching and repetition', async () => {
    const small = fc.integer({ min: 0, max: 1 })
    const people = [alice, bob, personOf('carol')]
    const effect = fc
      .record({
        kind: fc.constantFrom('chat', 'edit', 'delete', 'pin', 'reaction'),
        target: small,
        who: fc.integer({ min: 0, max: 1 }),
        clock: small,
        flag: fc.boolean(),
        there: fc.boolean(),
        name: fc.integer({ min: 0, max: 999 }),
      })
      .map(({ kind, target, who, clock, flag, there, name }): MessageEffect => {
        const change = { clock: 1000 + clock, author: people[who] ?? alice, chatId: there ? random : general }
        const id = `${kind} ${name}`
        if (kind === 'edit') return edit(id, String(target), `edit ${name}`, change)
        if (kind === 'delete') return remove(id, String(target), flag, change)
        if (kind === 'pin') return pin(id, String(target), flag, change)
        if (kind === 'reaction') return react(id, String(target), name % 2 === 0 ? '👍' : '🎉', flag, change)
        // One id is one message: everything about it follows from its number.
        const author = people[target % 3] ?? alice
        return chat(target, { clock: ms(target), author, displayName: `name ${target % 2}` })
      })
    const sequence = fc.uniqueArray(effect, { selector: ({ id }) => id, maxLength: 25 })
    const shuffled = sequence.chain((effects) =>
      fc.tuple(
        fc.constant(effects),
        fc.shuffledSubarray([...effects, ...effects], { minLength: effects.length * 2, maxLength: effects.length * 2 }),
        fc.integer({ min: 1, max: 7 }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(shuffled, async ([effects, mixed, batch]) => {
        const [one, two] = await Promise.all([
          openStoreInThread(':memory:', new FakeClock()),
          openStoreInThread(':memory:', new FakeClock()),
        ])
        let fresh = 0
        await one.records.ingest(effects.map(only))
        for (let at = 0; at < mixed.length; at += batch) {
          const result = await two.records.ingest(mixed.slice(at, at + batch).map(only))
          fresh += result.fresh.length
        }
        expect(fresh).toBe(effects.length)
        expect(await everything(two)).toEqual(await everything(one))
        await Promise.all([one.close(), two.close()])
      }),
      { numRuns: 60 },
    )
  })
})

async function everything(from: Store) {
  const messages = await from.messages.history({ communityId: community, limit: 1000 })
  const found = await search('edit', from)
  const histories = await Promise.all(messages.map(({ id }) => from.messages.editHistory(community, id)))
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
  return {
    messages: [...messages].sort(byId),
    found: found.map(({ id }) => id).sort(),
    histories: histories.map(String).sort(),
  }
}

describe('a channel', () => {
  const names = Array.from({ length: 10 }, (_, n) => `m${n}`)
  const ids = (page: { messages: readonly { id: MessageId }[] }) => page.messages.map((message) => message.id)
  const cursor = (n: number) => ({ clock: ms(100 + n), id: idOf(`m${n}`) })
  beforeEach(() => ingest(...names.map((name, n) => chat(name, { clock: ms(100 + n) })), chat('z', { chatId: random })))

  it('is read by pages from the newest back', async () => {
    const last = await store.messages.page({ chatId: general, limit: 4 })
    expect(ids(last)).toEqual(names.slice(6).map(idOf))
    expect(last).toMatchObject({ hasOlder: true, hasNewer: false })
    const first = await store.messages.page({ chatId: general, before: cursor(4), limit: 4 })
    expect(ids(first)).toEqual(names.slice(0, 4).map(idOf))
    expect(first).toMatchObject({ hasOlder: false, hasNewer: true })
  })

  it('is read forward, and around a place', async () => {
    const newer = await store.messages.page({ chatId: general, after: cursor(7), limit: 4 })
    expect(ids(newer)).toEqual(names.slice(8).map(idOf))
    expect(newer).toMatchObject({ hasOlder: true, hasNewer: false })
    const around = await store.messages.page({ chatId: general, around: cursor(5), limit: 4 })
    expect(ids(around)).toEqual(names.slice(3, 7).map(idOf))
    expect(around).toMatchObject({ hasOlder: true, hasNewer: true })
  })

  it('is opened around a message, a time, or the first unread one, and says what that led to', async () => {
    const opened = (around: MessageAim) => store.messages.page({ chatId: general, around, limit: 4 })
    expect(ids(await opened({ id: idOf('m5') }))).toEqual(names.slice(3, 7).map(idOf))
    expect(await opened({ id: idOf('m5') })).toMatchObject({ target: idOf('m5'), hasOlder: true, hasNewer: true })
    expect(await opened({ at: ms(105) })).toMatchObject({ target: idOf('m5') })
    expect(await opened({ at: ms(0) })).toMatchObject({ target: idOf('m0'), hasOlder: false })
    expect(await opened({ at: ms(1000) })).toMatchObject({ target: null, hasNewer: false, hasOlder: true })
    expect(ids(await opened({ at: ms(1000) }))).toEqual(names.slice(8).map(idOf))
    await store.unread.mark(general, cursor(6))
    expect(await opened('unread')).toMatchObject({ target: idOf('m7') })
    await store.unread.mark(general, cursor(9))
    for (const nothing of [await opened('unread'), await opened({ id: idOf('z') }), await opened({ id: idOf('?') })]) {
      expect(nothing.target).toBeNull()
      expect(ids(nothing)).toEqual(names.slice(6).map(idOf))
    }
  })

  it('orders equal clocks by id, and pages through them without loss', async () => {
    const many = Array.from({ length: 9 }, (_, n) => chat(`same ${n}`, { chatId: random, clock: ms(7) }))
    await ingest(...many)
    const seen: MessageId[] = []
    let after = { clock: ms(0), id: idOf('none') }
    for (;;) {
      const page = await store.messages.page({ chatId: random, after, limit: 2 })
      seen.push(...ids(page))
      const last = page.messages.at(-1)
      if (!page.hasNewer || last === undefined) break
      after = { clock: last.clock, id: last.id }
    }
    expect(seen).toEqual([...many.map(({ id }) => id).sort(), idOf('z')])
  })

  it('that nobody wrote in is empty', async () => {
    const empty = await store.messages.page({ chatId: chatOf('nowhere'), limit: 5 })
    expect(empty).toEqual({ messages: [], hasOlder: false, hasNewer: false, target: null })
  })

  it('R4.5 hides messages of the banned until asked for them, and never forgets them', async () => {
    await ingest(chat('bad', { chatId: random, standing: 'banned', text: 'hidden words' }))
    expect(ids(await store.messages.page({ chatId: random, limit: 9 }))).toEqual([idOf('z')])
    expect((await store.messages.page({ chatId: random, limit: 9, includeBanned: true })).messages).toHaveLength(2)
    expect(await search('hidden')).toEqual([])
    expect(await store.messages.count({ communityId: community, chatId: random })).toBe(2)
  })

  it('knows how many messages it has without counting them, whatever comes twice, changes or goes', async () => {
    const counts = async () => [
      await store.messages.count({ communityId: community, chatId: general }),
      await store.messages.count({ communityId: community }),
      await store.messages.count({ communityId: other }),
    ]
    expect(await counts()).toEqual([10, 11, 0])
    await ingest(chat('m0', { clock: ms(100) }), edit('e', 'm1', 'x'), remove('d', 'm2'), chat('new'))
    expect(await counts()).toEqual([11, 12, 0])
  })

  it('has its pinned messages by pages', async () => {
    await ingest(...names.map((name) => pin(`pin ${name}`, name, true)), remove('d', 'm9'))
    const first = await store.messages.pinned(general, 4)
    expect(first.map(({ id }) => id)).toEqual(['m8', 'm7', 'm6', 'm5'].map(idOf))
    const second = await store.messages.pinned(general, 9, cursor(5))
    expect(second.map(({ id }) => id)).toEqual(['m4', 'm3', 'm2', 'm1', 'm0'].map(idOf))
  })

  it('is one of those that a community has messages in', async () => {
    expect(await store.messages.channels(community)).toEqual(
      [
        { chatId: general, messages: 10, latest: 109 },
        { chatId: random, messages: 1, latest: 1_700_000_000_000 },
      ].sort((a, b) => (a.chatId < b.chatId ? -1 : 1)),
    )
  })
})

describe('a history', () => {
  it('is read whole, page by page, every message once and channel by channel', async () => {
    const chats = [general, random, chatOf('third')]
    const all = Array.from({ length: 50 }, (_, n) =>
      chat(`h${n}`, { chatId: chats[n % 3] ?? general, clock: ms(n % 7) }),
    )
    await ingest(...all)
    const read = []
    let page = await store.messages.history({ communityId: community, limit: 7 })
    for (;;) {
      read.push(...page)
      const last = page.at(-1)
      if (page.length < 7 || last === undefined) break
      page = await store.messages.history({ communityId: community, after: last, limit: 7 })
    }
    expect(read).toHaveLength(50)
    expect(new Set(read.map(({ id }) => id)).size).toBe(50)
    const order = read.map(({ chatId, clock, id }) => [chats.indexOf(chatId), clock, id] as const)
    const sorted = [...order].sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1))
    expect(order).toEqual(sorted)
    const third = await store.messages.history({ communityId: community, chatId: chatOf('third'), limit: 100 })
    expect(third.map(({ id }) => id)).toEqual(
      read.filter(({ chatId }) => chatId === chatOf('third')).map(({ id }) => id),
    )
  })
})
