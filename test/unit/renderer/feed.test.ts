import { beforeEach, describe, expect, it } from 'vitest'
import { MessageFeed, type Question } from '../../../src/renderer/features/messages/feed.ts'
import { cursorAt, cursorOf, maxHeld, type Page, pageSize } from '../../../src/renderer/features/messages/window.ts'
import type { Message, Millis } from '../../../src/shared/domain.ts'
import { createFakeApi, type FakeApi } from '../../support/fake-api.ts'

let api: FakeApi
let chatId: Message['chatId']
let feed: MessageFeed

/** Messages that it asks for around a place. */
const first = 30

const page = async (question: Question): Promise<Page> => {
  const reply = await api.handle('messages.page', { chatId, ...question })
  if (!reply.ok) throw new Error(reply.error.message)
  return reply.value as Page
}

async function setUp(messages: number): Promise<void> {
  api = createFakeApi({
    profiles: ['Ines'],
    communities: [
      { name: 'Logbook', role: 'member', weeks: 100, archives: 'none', channels: [{ name: 'notes', messages }] },
    ],
  })
  const reply = await api.handle('communities.list', undefined)
  const [community] = reply.ok ? (reply.value as { channels: { chatId: Message['chatId'] }[] }[]) : []
  chatId = community?.channels[0]?.chatId as Message['chatId']
  feed = new MessageFeed(page, first)
}

const held = () => feed.state().window
const ids = () => held()?.messages.map(({ id }) => id) ?? []
/** Oldest first, none twice. */
const expectOrder = () => {
  const clocks = held()?.messages.map(({ clock }) => clock) ?? []
  expect(clocks).toEqual([...clocks].sort((a, b) => a - b))
  expect(new Set(ids()).size).toBe(ids().length)
}

describe('the feed of a channel', () => {
  beforeEach(() => setUp(450))

  it('opens at the end', async () => {
    await feed.open('end')
    expect(held()).toMatchObject({ atStart: false, atEnd: true, total: 450 })
    expect(ids()).toHaveLength(pageSize)
  })

  it('goes back to the very first message, and asks for no page twice', async () => {
    await feed.open('end')
    while (!held()?.atStart) await feed.older()
    expect(ids()).toHaveLength(450)
    expectOrder()
    const asked = api.calls.length
    await feed.older()
    expect(api.calls).toHaveLength(asked)
  })

  it('opens around a message, with it in the middle, and goes both ways', async () => {
    await feed.open('end')
    while (!held()?.atStart) await feed.older()
    const wanted = held()?.messages[200]
    if (!wanted) throw new Error('too few messages')
    await feed.open(cursorOf(wanted))
    expect(held()).toMatchObject({ atStart: false, atEnd: false })
    expect(ids()).toContain(wanted.id)
    expect(ids()).toHaveLength(first)
    expect(ids().indexOf(wanted.id)).toBe(first / 2)
    while (!held()?.atEnd) await feed.newer()
    while (!held()?.atStart) await feed.older()
    expect(ids()).toHaveLength(450)
    expectOrder()
  })

  it('opens at a time, also before the first and after the last message', async () => {
    await feed.open({ from: 0 as Millis })
    expect(held()).toMatchObject({ atStart: true, atEnd: false })
    await feed.open({ from: Date.UTC(2100, 0, 1) as Millis })
    expect(held()).toMatchObject({ atStart: false, atEnd: true })
    expect(ids()).toHaveLength(first / 2)
  })

  it('opens with one request, and at the time of a message that is not known here', async () => {
    await feed.open({ from: 0 as Millis })
    const [some] = held()?.messages ?? []
    const asked = api.calls.length
    if (!some) throw new Error('nothing is there')
    await feed.open(cursorOf(some))
    await feed.open(cursorAt(some.clock))
    expect(api.calls).toHaveLength(asked + 2)
    await feed.open({ ...cursorOf(some), id: 'gone' as Message['id'] })
    expect(ids()[0]).toBe(some.id)
  })

  it('shows what is new when it is told', async () => {
    await feed.open('end')
    const message = api.hear(chatId, 'new')
    await feed.refresh()
    expect(ids().at(-1)).toBe(message.id)
    expect(held()?.total).toBe(451)
    expectOrder()
  })

  it('does not jump to what is new while one reads elsewhere', async () => {
    await feed.open({ from: 0 as Millis })
    const before = ids()
    api.hear(chatId, 'new')
    await feed.refresh()
    expect(ids()).toEqual(before)
    expect(held()).toMatchObject({ total: 451, atEnd: false })
  })

  it('shows the first message of a channel that was empty', async () => {
    await setUp(0)
    await feed.open('end')
    expect(held()).toMatchObject({ atStart: true, atEnd: true, total: 0 })
    api.hear(chatId, 'first')
    await feed.refresh()
    expect(ids()).toHaveLength(1)
  })

  it('holds a bounded number, and lets the far side go', async () => {
    await setUp(3_000)
    await feed.open('end')
    for (let step = 0; step < 15; step++) await feed.older()
    expect(ids()).toHaveLength(maxHeld)
    expect(held()).toMatchObject({ atStart: false, atEnd: false })
    for (let step = 0; step < 30 && !held()?.atEnd; step++) await feed.newer()
    expect(held()).toMatchObject({ atEnd: true })
    expect(ids()).toHaveLength(maxHeld)
    expectOrder()
  })

  it('keeps what it has when asking fails, says so, and recovers', async () => {
    await feed.open('end')
    const before = ids()
    api.fail('messages.page', { code: 'failed', message: 'locked', action: '' })
    await feed.older()
    expect(feed.state().error).toBeInstanceOf(Error)
    expect(ids()).toEqual(before)
    api.fail('messages.page', null)
    await feed.older()
    expect(feed.state().error).toBe(null)
    expect(ids()).toHaveLength(2 * pageSize)
  })

  it('asks one thing at a time; changes meanwhile are read once, afterwards', async () => {
    await feed.open('end')
    const release = api.hang('messages.page')
    const asked = api.calls.length
    const older = feed.older()
    void feed.newer()
    void feed.older()
    api.hear(chatId, 'a')
    void feed.refresh()
    api.hear(chatId, 'b')
    void feed.refresh()
    expect(api.calls).toHaveLength(asked + 1)
    release()
    await older
    expect(
      held()
        ?.messages.slice(-2)
        .map(({ text }) => text),
    ).toEqual(['a', 'b'])
  })

  it('drops an answer that comes after one has gone elsewhere', async () => {
    const release = api.hang('messages.page')
    const late = feed.open('end')
    release()
    const there = feed.open({ from: 0 as Millis })
    await Promise.all([late, there])
    expect(held()).toMatchObject({ atStart: true, atEnd: false })
    expect(feed.state().opened).toBe(1)
  })
})
