import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChatEffect, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { MessageSource } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { alice, bob, chat, community, edit, general, idOf, ms, personOf, random, remove } from './support.ts'

let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
  await store.unread.readAs(alice)
})
afterEach(() => store.close())

const hear = (source: MessageSource, ...effects: ChatEffect[]) =>
  store.records.ingest(effects.map((effect) => ({ record: null, effect, source })))
const from = (name: string, change: Partial<ChatEffect> = {}) => chat(name, { author: bob, ...change })
const place = (clock: number, name: string) => ({ clock: ms(clock), id: idOf(name) })

describe('unread', () => {
  it('is what others say while one could have heard it, channel by channel, and where it begins', async () => {
    await hear('live', from('a', { clock: ms(1) }), from('b', { clock: ms(2) }), from('c', { chatId: random }))
    await hear('store', from('d', { clock: ms(3) }))
    const list = await store.unread.list(community)
    expect(new Map(list.map((channel) => [channel.chatId, channel]))).toEqual(
      new Map([
        [general, { chatId: general, unread: 3, mentions: 0, first: place(1, 'a') }],
        [random, { chatId: random, unread: 1, mentions: 0, first: { clock: 1_700_000_000_000, id: idOf('c') } }],
      ]),
    )
    expect(await store.unread.list(community, random)).toMatchObject([{ unread: 1 }])
  })

  it('is nothing that was imported, one said oneself, or the banned say', async () => {
    await hear('archive', from('old'), from('named', { text: `@${alice}` }))
    await hear('live', chat('mine'), from('banned', { standing: 'banned' }))
    await hear('own', from('own'))
    expect(await store.unread.list(community)).toEqual([])
    // What was imported stays read when it comes again.
    await hear('live', from('old'))
    expect(await store.unread.list(community)).toEqual([])
  })

  it('counts by itself what names the reader or everybody', async () => {
    await hear('live', from('a', { text: `ask @${alice}` }), from('b', { text: '@0x00001 look' }))
    await hear('live', from('c', { text: `not @${personOf('carol')}` }))
    expect(await store.unread.list(community)).toMatchObject([{ unread: 3, mentions: 2 }])
  })

  it('ends where it is read to, and not before what comes late', async () => {
    await hear('live', ...[1, 2, 3].map((n) => from(`m${n}`, { clock: ms(n) })))
    expect(await store.unread.mark(general, place(2, 'm2'))).toBe(2)
    expect(await store.unread.list(community)).toMatchObject([{ unread: 1, first: place(3, 'm3') }])
    await hear('live', from('late', { clock: ms(1) }))
    expect(await store.unread.first(general)).toEqual(place(1, 'late'))
    expect(await store.unread.mark(general, place(3, 'm3'))).toBe(2)
    expect(await store.unread.list(community)).toEqual([])
    expect(await store.unread.mark(general, place(3, 'm3'))).toBe(0)
  })

  it('is no deleted message, and an edited one once', async () => {
    await hear('live', from('a'), from('b'))
    const effects = [edit('e', 'a', 'edited', { author: bob }), remove('d', 'b', false, { author: bob })]
    await store.records.ingest(effects.map((effect) => ({ record: null, effect, source: 'live' as const })))
    expect(await store.unread.list(community)).toMatchObject([{ unread: 1, first: { id: idOf('a') } }])
  })

  it('is exactly what was heard since, whatever is said and read in whatever order', async () => {
    const step = fc.record({
      name: fc.nat(15),
      source: fc.constantFrom<MessageSource[]>('live', 'archive', 'store'),
      read: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const fresh = await openStoreInThread(':memory:', new FakeClock())
        const known = new Set<number>()
        const unread = new Set<number>()
        for (const { name, source, read } of steps) {
          if (read) {
            await fresh.unread.mark(general, place(name, String(name)))
            for (const one of [...unread]) if (one <= name) unread.delete(one)
            continue
          }
          const effect = from(String(name), { clock: ms(name) })
          await fresh.records.ingest([{ record: null, effect, source }])
          if (!known.has(name) && source !== 'archive') unread.add(name)
          known.add(name)
        }
        expect((await fresh.unread.list(community))[0]?.unread ?? 0).toBe(unread.size)
        expect((await fresh.unread.first(general))?.clock ?? null).toBe(unread.size ? Math.min(...unread) : null)
        await fresh.close()
      }),
      { numRuns: 30 },
    )
  })
})
