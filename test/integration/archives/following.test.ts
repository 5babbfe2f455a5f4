import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchiveLink, Millis, Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { NOW, quiet, START, Stage, texts, WEEK } from './support/home.ts'
import { communityId } from './support/people.ts'
import { announced, type NodeOptions, type TestNode, until } from './support/world.ts'

let stage: Stage
const open = (options: Partial<NodeOptions>) => stage.open(options)
const home = (weeks: number, options: Partial<NodeOptions> = {}) => stage.home(weeks, options)

const states = async (node: TestNode) =>
  (await node.archives.history(communityId)).archives.map(({ state }) => state).reverse()

/** Holds back every fetch from the n-th on, until it is let go. */
function gate(node: TestNode, from: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  let seen = 0
  node.engine.trouble.before = async (entry) => {
    if (entry === null) return
    seen += 1
    if (seen >= from) await promise
  }
  return { open: resolve, seen: () => seen }
}

beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.close())

describe('a member', () => {
  it('R3.6 acts on the newest of a burst, once it has settled', async () => {
    const { first, more } = await home(1)
    const second = await more(1, 2)
    const clock = new FakeClock(NOW)
    const guest = await open({ clock })
    await guest.archives.announced(communityId, announced(first), 'live')
    await clock.advance(1900)
    await guest.archives.announced(communityId, announced(second), 'live')
    await clock.advance(1900)
    expect(guest.engine.calls).toEqual([])
    await clock.advance(100)
    await quiet(guest)
    expect(guest.engine.calls.filter((call) => call === 'openIndex').length).toBe(1)
    expect(await guest.texts()).toEqual(texts(0, 2))
  })

  it('R3.6 waits at most 20 s, however long a burst lasts', async () => {
    const clock = new FakeClock(NOW)
    const guest = await open({ clock })
    for (let second = 0; second < 20; second += 1) {
      const hash = second.toString(16).padStart(40, '0')
      const link = { clock: (NOW + second) as Millis, link: `magnet:?xt=urn:btih:${hash}`, otherLink: null, peers: [] }
      await guest.archives.announced(communityId, link, 'live')
      expect(guest.engine.calls).toEqual([])
      await clock.advance(1000)
    }
    await until(() => guest.engine.calls.includes('openIndex'), 'the index')
    const links = await guest.store.downloads.links(communityId)
    expect(links.map(({ state }) => state)).toEqual(['accepted', ...Array.from({ length: 19 }, () => 'superseded')])
  })

  it('R3.6 does not wait after a complete store answer', async () => {
    const { first } = await home(1)
    const guest = await open({ clock: new FakeClock(NOW) })
    await guest.archives.announced(communityId, announced(first), 'store')
    guest.archives.storeAnswered(communityId)
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(0, 1))
  })

  it('lets a newer link take over a running download, and loses nothing of what is here', async () => {
    const { first, more } = await home(4)
    const guest = await open({ restoration: { parallel: 1 } })
    const held = gate(guest, 3)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(() => held.seen() === 3, 'two archives')
    expect(guest.engine.fetched.length).toBe(2)
    const second = await more(4, 6)
    await guest.archives.announced(communityId, announced(second), 'join-response')
    held.open()
    await until(async () => (await guest.texts()).length === 6, 'everything')
    await quiet(guest)
    expect(guest.engine.fetched.length).toBe(6)
    expect(new Set(guest.engine.fetched).size).toBe(6)
    const links = await guest.store.downloads.links(communityId)
    expect(links.map(({ clock, state }) => [clock, state])).toEqual([[second.clock, 'done']])
  })

  it('ignores what is old, repeated, empty, foreign or its own, each counted with its reason', async () => {
    const { first, more } = await home(1)
    const second = await more(1, 2)
    const guest = await open({})
    const tell = (link: Parameters<typeof guest.archives.announced>[1]) =>
      guest.archives.announced(communityId, link, 'join-response')
    await tell(announced(second))
    await quiet(guest)
    await tell(announced(first))
    await tell({ ...announced(second), peers: ['127.0.0.1:4000', '8.8.8.8:1', 'evil.example:5'] })
    await tell({ clock: (second.clock + 1) as Millis, link: '', otherLink: null, peers: [] })
    await tell({ clock: (second.clock + 1) as Millis, link: 'https://example.invalid/x', otherLink: null, peers: [] })
    await tell({ clock: (second.clock + 1) as Millis, link: 'magnet:?dn=x', otherLink: null, peers: [] })
    guest.standing = { ...guest.standing, joined: false }
    await tell({ ...announced(second), clock: (second.clock + 2) as Millis })
    guest.standing = { ...guest.standing, known: false }
    await tell(announced(second))
    expect(guest.counts).toEqual([
      'link:outdated',
      'link:same-link',
      'link:empty-link',
      'link:unknown-link',
      'link:unsafe-link',
      'link:not-joined',
      'link:unknown-community',
    ])
    expect(guest.engine.hints).toEqual(['127.0.0.1:4000'])
    expect(guest.engine.calls.filter((call) => call === 'openIndex').length).toBe(1)
  })

  it('R3.5 holds a link from the future and follows it when its time has come', async () => {
    const { first } = await home(1)
    const clock = new FakeClock(first.clock - 25 * 3_600_000)
    const guest = await open({ clock })
    await guest.archives.announced(communityId, announced(first), 'join-response')
    expect(guest.archives.heldLinks(communityId)).toMatchObject([
      { reason: 'clock-ahead', until: first.clock - 24 * 3_600_000 },
    ])
    expect((await guest.archives.history(communityId)).links).toMatchObject([{ state: 'clock-ahead' }])
    await clock.advance(3_600_000)
    await until(() => guest.archives.isRestoring(communityId) || guest.engine.calls.length > 0, 'the link')
    await clock.advance(1)
    await until(() => guest.engine.calls.includes('openIndex'), 'the index')
    expect(guest.archives.heldLinks(communityId)).toEqual([])
  })

  it('§13.22 R3.5 says when the description is newer than every link, and uses the newest signed one after an hour', async () => {
    const { first } = await home(1)
    const clock = new FakeClock(NOW + 1000)
    const guest = await open({ clock })
    await guest.archives.described(communityId, (first.clock + 500) as Millis)
    expect(guest.signals.at(-1)?.name).toBe('historyArchivesNotice')
    await guest.archives.announced(communityId, announced(first), 'join-response')
    expect(guest.archives.heldLinks(communityId)).toMatchObject([{ reason: 'older-than-description' }])
    await clock.advance(3_600_000)
    await clock.advance(1)
    await until(async () => (await guest.texts()).length === 1, 'the history')
  })

  it('pauses, and goes on where it was', async () => {
    const { first } = await home(4)
    const guest = await open({ restoration: { parallel: 1 } })
    const held = gate(guest, 3)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(() => held.seen() === 3, 'two archives')
    await guest.archives.pause(communityId, true)
    held.open()
    expect((await guest.archives.history(communityId)).paused).toBe(true)
    expect(guest.archives.isRestoring(communityId)).toBe(false)
    expect(guest.engine.fetched.length).toBe(2)
    await guest.archives.pause(communityId, false)
    await quiet(guest)
    expect(guest.engine.fetched.length).toBe(4)
    expect(await guest.texts()).toEqual(texts(0, 4))
  })

  it('goes on after a restart with what was under way, and serves what is whole', async () => {
    const { node: owner, first } = await home(4)
    const guest = await open({ restoration: { parallel: 1 } })
    const held = gate(guest, 3)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(() => held.seen() === 3, 'two archives')
    await guest.archives.close()
    const again = await open({})
    await again.archives.startMember()
    await quiet(again)
    expect(await again.texts()).toEqual(texts(0, 4))
    expect(again.engine.fetched.length).toBe(2)
    await again.archives.close()
    const third = await open({})
    const { link } = first.links[0] ?? { link: '' as ArchiveLink }
    await owner.engine.remove(communityId, link)
    await third.archives.startMember()
    await until(() => third.engine.isFetchable(link), 'seeding again')
    expect(third.engine.calls.filter((call) => call.startsWith('fetch') || call === 'openIndex')).toEqual([])
  })

  it('remembers what was announced before it had joined, and follows it then', async () => {
    const { first, more } = await home(1)
    const second = await more(1, 2)
    const guest = await open({})
    guest.standing = { ...guest.standing, joined: false }
    for (const publication of [second, first]) {
      await guest.archives.announced(communityId, announced(publication), 'store')
    }
    expect(guest.counts).toEqual(['link:not-joined', 'link:not-joined'])
    guest.standing = { ...guest.standing, joined: true }
    await guest.archives.follow(communityId)
    guest.archives.storeAnswered(communityId)
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(0, 2))
  })

  it('serves and fetches nothing more of a community it left, and keeps its history', async () => {
    const { node, first } = await home(2)
    const guest = await open({})
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await quiet(guest)
    const link = first.links[0]?.link ?? ('' as ArchiveLink)
    await node.engine.seed(communityId, link, false)
    expect(guest.engine.isFetchable(link)).toBe(true)
    await guest.archives.leave(communityId)
    expect(guest.engine.isFetchable(link)).toBe(false)
    expect(await guest.texts()).toEqual(texts(0, 2))
  })

  it('gives up a download when told to, until the next announcement', async () => {
    const { first, more } = await home(2)
    const guest = await open({})
    const held = gate(guest, 1)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(() => held.seen() > 0, 'the download')
    await guest.archives.cancel(communityId)
    held.open()
    await guest.archives.announced(communityId, announced(first), 'join-response')
    expect(guest.counts).toEqual(['link:same-link'])
    expect(await guest.texts()).toEqual([])
    await guest.archives.announced(communityId, announced(await more(2, 3)), 'join-response')
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(0, 3))
  })

  it('brings the latest week only, or a stretch of time, and the rest when it is wanted', async () => {
    const { first } = await home(5)
    const guest = await open({})
    await guest.archives.want(communityId, { kind: 'latest' })
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(4, 5))
    expect((await guest.archives.history(communityId)).links).toMatchObject([{ state: 'done' }])
    const from = (START + WEEK) as Seconds
    await guest.archives.want(communityId, { kind: 'range', from, to: (from + WEEK) as Seconds })
    await quiet(guest)
    expect(await guest.texts()).toEqual(['week 1', 'week 4'])
    await guest.archives.want(communityId, { kind: 'all' })
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(0, 5))
    expect(new Set(await states(guest))).toEqual(new Set(['imported']))
  })
})
