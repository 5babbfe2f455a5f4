import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type InboxItem, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { ChatId, MessageSource } from '../../../src/shared/domain.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { alice, bob, chat, community, edit, general, idOf, ms, pin, random, react, remove } from './support.ts'

let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
  await store.unread.readAs(alice)
})
afterEach(() => store.close())

type Effect = NonNullable<InboxItem['effect']>
const hear = (source: MessageSource, ...effects: Effect[]) =>
  store.records.ingest(effects.map((effect) => ({ record: null, effect, source })))
const said = (name: string, clock: number, chatId: ChatId = general) =>
  chat(name, { author: bob, clock: ms(clock), timestamp: ms(clock), chatId, text: `word${name}` })
const aside = (...names: string[]) => store.replacement.putAside(community, names.map(idOf), 0, ms(9))
const found = async (words: string) => {
  const terms = parseSearch(words)
  const { messages } = await store.messages.search({ communityId: community, terms, limit: 10 })
  return messages.length
}

/** Everything that is read of a history. */
async function everything() {
  const history = await store.messages.history({ communityId: community, limit: 100 })
  const unread = await store.unread.list(community)
  const counts = await Promise.all(
    [general, random].map((chatId) => store.messages.count({ communityId: community, chatId })),
  )
  return { history, unread, counts, days: await store.messages.liveDays(community) }
}

describe('messages put aside', () => {
  it('leave the history, and come back as they were: ids, effects, unread marks, contents', async () => {
    await hear('live', said('a', 1), said('b', 2), said('c', 3, random), said('d', 4))
    const contents = { images: 2, held: ['link', 'file'], thread: idOf('a') } as const
    await hear('store', { ...said('e', 5), contents, responseTo: idOf('a') })
    await hear(
      'live',
      edit('a2', 'a', 'edited', { author: bob }),
      pin('b2', 'b', true),
      react('c2', 'c', '👍', false, { chatId: random }),
    )
    await hear('live', remove('d2', 'd', false, { author: bob }))
    const before = await everything()
    await store.replacement.set(community, true)
    expect(new Set(await aside('a', 'b', 'c', 'd', 'e', 'unknown'))).toEqual(new Set([general, random]))
    expect(await everything()).toEqual({ history: [], unread: [], counts: [0, 0], days: [] })
    expect(await store.replacement.replaced(community)).toBe(5)
    // What happens to a message while it is away counts when it is back.
    await hear('live', edit('b3', 'b', 'wordnew', { author: bob }))
    expect(await found('wordb')).toBe(0)
    let left = 5
    while (left > 0) left = (await store.replacement.restore(community, 2)).left
    expect(await store.replacement.isOn(community)).toBe(false)
    expect(await found('wordc')).toBe(1)
    expect(await found('wordnew')).toBe(1)
    const after = await everything()
    const edited = { text: 'wordnew', editedAt: 1_700_000_001_000 }
    const history = before.history.map((message) => (message.id === idOf('b') ? { ...message, ...edited } : message))
    expect(after).toEqual({ ...before, history })
  })

  it('that came back by themselves stay as they came, and are no longer counted', async () => {
    await hear('live', said('a', 1), said('b', 2))
    await store.replacement.set(community, true)
    await aside('a', 'b')
    await hear('archive', said('a', 1))
    expect(await store.replacement.replaced(community)).toBe(1)
    expect(await store.replacement.restore(community, 10)).toEqual({ chatIds: [general], left: 0 })
    const history = await store.messages.history({ communityId: community, limit: 10 })
    expect(history.map(({ id, source }) => [id, source])).toEqual([
      [idOf('a'), 'archive'],
      [idOf('b'), 'live'],
    ])
  })

  it('are none while it is off, or when other archives are in the history than those compared', async () => {
    await hear('live', said('a', 1))
    expect(await aside('a')).toBeNull()
    await store.replacement.set(community, true)
    expect(await store.replacement.putAside(community, [idOf('a')], 1, ms(9))).toBeNull()
    expect(await store.replacement.replaced(community)).toBe(0)
    expect(await aside('a')).toEqual([general])
  })

  it('are none of one’s own that wait to be sent, and none that came from elsewhere', async () => {
    const origin = { kind: 'discord', authorId: '1', avatarUrl: '' } as const
    const queued = (id: string) => ({
      id,
      createdAt: ms(1),
      sealed: {
        pubsubTopic: '/waku/2/rs/16/32',
        contentTopic: '/waku/1/0x00000000/rfc26',
        payload: new Uint8Array([1]),
        timestamp: 1n,
        ephemeral: false,
      },
    })
    await hear('own', said('waits', 1), said('whole', 2), said('sent', 3))
    await hear('archive', { ...said('foreign', 4), origin, contentType: 12 })
    for (const id of [`${idOf('waits')}/1`, idOf('whole')]) await store.outbox.add(queued(id) as never)
    await store.replacement.set(community, true)
    const page = await store.replacement.page(community, { from: ms(0), to: ms(9), after: null }, 100)
    expect(page.messages).toEqual([{ id: idOf('sent'), timestamp: 3 }])
    expect(await aside('waits', 'whole', 'foreign')).toEqual([])
  })

  it('are looked for page by page, every message of the range once', async () => {
    const names = Array.from({ length: 9 }, (_, at) => `${at}`)
    await hear('live', ...names.map((name, at) => said(name, Math.floor(at / 2), at % 3 === 0 ? random : general)))
    const range = { from: ms(1), to: ms(4) }
    for (const limit of [1, 2, 3, 100]) {
      const ids: string[] = []
      let after: Awaited<ReturnType<Store['replacement']['page']>>['after'] = null
      do {
        const page = await store.replacement.page(community, { ...range, after }, limit)
        ids.push(...page.messages.map(({ id }) => id))
        after = page.after
      } while (after !== null)
      expect(ids.sort()).toEqual(['2', '3', '4', '5', '6', '7'].map(idOf).sort())
    }
    expect(await store.replacement.younger(community, ms(3))).toBe(3)
  })
})
