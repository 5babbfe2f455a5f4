import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type MessageEffect, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { MessageSource } from '../../../src/shared/domain.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { alice, bob, chat, community, edit, general, idOf, ms, pin, raw, react, record, remove, s } from './support.ts'

const from = (source: MessageSource, effects: readonly MessageEffect[]) =>
  effects.map((effect) => ({ record: null, effect, source }))

/** A little of everything, as one archive might hold it. */
const archive: readonly MessageEffect[] = [
  chat('a', { author: bob, clock: ms(1), text: `first @${alice}` }),
  chat('b', { author: bob, clock: ms(2), text: 'second' }),
  chat('c', { author: bob, clock: ms(3), text: 'third' }),
  edit('e1', 'a', `once more @${alice}`, { author: bob, clock: 10 }),
  edit('e2', 'a', `at last @${alice}`, { author: bob, clock: 11 }),
  remove('d', 'b', false, { author: bob, clock: 12 }),
  pin('p', 'c', true, { author: bob, clock: 13 }),
  react('r', 'c', '👍', false, { author: bob, clock: 14 }),
  // Of messages that were heard live, and read or not.
  edit('e3', 'read', 'changed', { author: bob, clock: 15 }),
  react('r2', 'read', '🎉', false, { author: bob, clock: 16 }),
  remove('d2', 'unread', false, { author: bob, clock: 17 }),
]

async function listener(): Promise<Store> {
  const store = await openStoreInThread(':memory:', new FakeClock())
  await store.unread.readAs(alice)
  const heard = ['read', 'unread', 'kept'].map((name, n) => chat(name, { author: bob, clock: ms(n + 20) }))
  await store.records.ingest(from('live', heard))
  await store.unread.mark(general, { clock: ms(20), id: idOf('read') })
  return store
}

it('§13.19 what an archive holds comes to the same in every order, edits before their targets included, and is never news', async () => {
  const [shuffled, batch] = [
    fc.shuffledSubarray([...archive], { minLength: archive.length }),
    fc.integer({ min: 1, max: archive.length }),
  ]
  const expected = {
    a: `at last @${alice}`,
    b: '',
    c: 'third',
    read: 'changed',
    unread: '',
    kept: 'text of kept',
  }
  await fc.assert(
    fc.asyncProperty(shuffled, batch, async (effects, size) => {
      const store = await listener()
      for (let at = 0; at < effects.length; at += size)
        await store.records.ingest(from('archive', effects.slice(at, at + size)))
      const { messages } = await store.messages.page({ chatId: general, limit: 50 })
      expect(messages.map(({ id }) => id)).toEqual(Object.keys(expected).map(idOf))
      expect(messages.map(({ text }) => text)).toEqual(Object.values(expected))
      expect(messages[2]).toMatchObject({ pinned: true, reactions: [{ emoji: '👍', authors: [bob] }] })
      // One was heard and not read; nothing that came out of the archive is news, though it names the reader.
      expect(await store.unread.list(community)).toMatchObject([
        { unread: 1, mentions: 0, first: { id: idOf('kept') } },
      ])
      for (let left = 1; left > 0; ) left = await store.searchBacklog.take(3)
      const found = await store.messages.search({ communityId: community, terms: parseSearch('last '), limit: 9 })
      expect(found.messages.map(({ id }) => id)).toEqual([idOf('a')])
      await store.close()
    }),
    { numRuns: 10 },
  )
})

it('§13.19 an owner’s records go into archives in the order of time, topic and hash, whatever order they came in', async () => {
  const store = await openStoreInThread(':memory:', new FakeClock())
  const topics = [new Uint8Array([2, 0, 0, 0]), new Uint8Array([1, 0, 0, 0])]
  const records = Array.from({ length: 12 }, (_, n) => {
    const topic = topics[n % 2] ?? new Uint8Array(4)
    return record(n, { timestamp: s(105 - Math.floor(n / 4)), topic, messageId: idOf(n) })
  })
  await store.records.ingest(records.map(raw))
  const range = { communityId: community, from: s(0), to: s(1000), partition: null, limit: 100 }
  const order = (await store.records.scan(range)).map(({ timestamp, topic, hash }) => [
    timestamp,
    Buffer.from(topic).toString('hex'),
    Buffer.from(hash).toString('hex'),
  ])
  expect(order).toHaveLength(12)
  expect(order).toEqual(order.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)))
  await store.close()
})
