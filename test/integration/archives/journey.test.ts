import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import type { ArchiveLink, Millis } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityId, type Said } from './support/people.ts'
import { announced, type Folders, type NodeOptions, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const NOW = (START + 10 * WEEK) * 1000

let folders: Folders
let nodes: TestNode[]
const open = async (options: Omit<NodeOptions, 'root'>) => {
  const node = await TestNode.open({ root: folders.root, ...options })
  nodes.push(node)
  return node
}
const owner = (clock = new FakeClock(NOW), more: Partial<NodeOptions> = {}) =>
  open({ name: 'owner', role: 'owner', clock, ...more })
const member = (name = 'member', more: Partial<NodeOptions> = {}) =>
  open({ name, role: 'member', clock: systemClock, ...more })

const linkOf = (publication: Publication) => publication.links[0]?.link ?? ('' as ArchiveLink)

/** One message a day for so many weeks. */
const diary = (weeks: number): Said[] =>
  Array.from({ length: weeks * 7 }, (_, day) => ({
    at: START + day * 24 * 3600,
    text: `day ${day}`,
    author: day % 2 === 0 ? 'alice' : 'bobby',
  }))

beforeEach(() => {
  folders = temporaryFolders()
  nodes = []
})
afterEach(async () => {
  for (const node of nodes) await node.close()
  folders.remove()
})

async function publish(node: TestNode) {
  node.archives.startOwner(communityId)
  await until(() => node.names().includes('historyArchivesCreated'), 'the first publication')
  const publications = await node.announcements()
  const last = publications.at(-1)
  if (!last) throw new Error('nothing was announced')
  return last
}

async function restore(node: TestNode, publication: Parameters<typeof announced>[0]) {
  await node.archives.announced(communityId, announced(publication), 'join-response')
  await until(() => !node.archives.isRestoring(communityId), 'the restoration')
}

describe('from an owner to a member', () => {
  it('every message arrives, from archives alone, one archive for each full week', async () => {
    const home = await owner()
    await home.hear(...diary(3))
    const publication = await publish(home)
    expect(home.archives.loop(communityId).startedAs).toBe('C')
    const { archives, unarchived } = await home.archives.history(communityId)
    expect(archives.map(({ from, to, state, messages }) => [from, to, state, messages])).toEqual(
      [2, 1, 0].map((week) => [START + week * WEEK, START + (week + 1) * WEEK, 'published', 7]),
    )
    expect(unarchived).toBe(0)
    expect(readdirSync(join(folders.root, 'owner', 'staging', communityId))).toEqual([])

    const guest = await member()
    await restore(guest, publication)
    expect(await guest.texts()).toEqual(diary(3).map(({ text }) => text))
    const seen = await guest.archives.history(communityId)
    expect(seen.archives.map(({ state, messages }) => [state, messages])).toEqual([1, 2, 3].map(() => ['imported', 7]))
    expect(seen.refused).toEqual([])
    expect(seen.links).toMatchObject([{ state: 'done' }])
    const [newest, ...older] = archives.map(({ id }) => id)
    expect(guest.engine.fetched[0]).toBe(newest)
    expect(new Set(guest.engine.fetched)).toEqual(new Set([newest, ...older]))
    expect(guest.names().filter((name) => name !== 'historyArchivesNotice')).toEqual(
      expect.arrayContaining([
        'indexDownloadCompleted',
        'downloadingHistoryArchivesStarted',
        'historyArchiveDownloaded',
        'importingHistoryArchiveMessages',
        'downloadingHistoryArchivesFinished',
        'historyArchivesSeeding',
      ]),
    )
  })

  it('a second publication brings the member only what is new', async () => {
    const clock = new FakeClock((START + 2 * WEEK) * 1000 + 130_000)
    const home = await owner(clock)
    await home.hear(...diary(2))
    const first = await publish(home)
    const guest = await member()
    await restore(guest, first)
    expect(guest.engine.fetched.length).toBe(2)

    await home.hear(...diary(3).slice(14))
    for (let hour = 0; hour <= 7 * 24; hour += 1) await clock.advance(3_600_000)
    await until(
      async () =>
        (await home.announcements()).length > 1 && (await home.store.archives.lastClock(communityId)) > first.clock,
      'the third week',
    )
    const second = (await home.announcements()).at(-1)
    expect(second?.clock).toBeGreaterThan(first.clock)
    if (second) await restore(guest, second)
    expect(guest.engine.fetched.length).toBe(3)
    expect(await guest.texts()).toEqual(diary(3).map(({ text }) => text))
    const links = await guest.store.downloads.links(communityId)
    expect(links.map(({ state }) => state)).toEqual(['done'])
    expect(guest.engine.isFetchable(linkOf(second ?? first))).toBe(true)
  })

  it('R2.3 a late message goes into a further archive of its own week and reaches those who have the week', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock)
    await home.hear(...diary(2))
    const guest = await member()
    await restore(guest, await publish(home))
    await home.hear({ at: START + 5, text: 'late' })
    expect(await home.archives.archiveNow(communityId)).toBe(1)
    const second = (await home.announcements()).at(-1)
    if (second) await restore(guest, second)
    const { archives } = await home.archives.history(communityId)
    expect(archives.filter(({ from }) => from === START).length).toBe(2)
    expect(await guest.texts()).toContain('late')
    expect(guest.engine.fetched.length).toBe(3)
  })

  it('“archive now” closes the running partition; what is said later goes into the next', async () => {
    const clock = new FakeClock((START + 100) * 1000)
    const home = await owner(clock)
    await home.hear({ at: START, text: 'one' }, { at: START + 100, text: 'two' })
    home.archives.startOwner(communityId)
    await until(() => home.archives.loop(communityId).startedAs !== null, 'the loop to look')
    expect(home.archives.loop(communityId).startedAs).toBe('B')
    expect(await home.archives.archiveNow(communityId)).toBe(1)
    const { archives, unarchived } = await home.archives.history(communityId)
    expect(archives).toMatchObject([{ from: START, to: START + 101, messages: 2 }])
    expect(unarchived).toBe(0)
    await clock.advance(1000)
    await home.hear({ at: START + 101, text: 'three' })
    expect(await home.archives.archiveNow(communityId)).toBe(1)
    expect(await home.archives.archiveNow(communityId)).toBe(0)
    expect(home.names()).toContain('noHistoryArchivesCreated')
  })

  it('R3.1 two engines publish under one clock, one that fails stops nothing, and the seeding flags say which succeeded', async () => {
    const home = await owner(new FakeClock(NOW), { kinds: ['torrent', 'codex'] })
    await home.hear(...diary(1))
    const codex = home.engines.find(({ kind }) => kind === 'codex')
    if (codex) codex.trouble.fail.publish = [new Error('codex is ill')]
    await publish(home)
    const [first] = await home.announcements()
    expect(first?.links.map(({ engine }) => engine)).toEqual(['torrent'])
    const flags = () => home.signals.findLast(({ name }) => name === 'historyArchivesSeeding')?.seeding
    expect(flags()).toEqual({ torrent: true, codex: false })
    await home.hear(...diary(2).slice(7))
    expect(await home.archives.archiveNow(communityId)).toBeGreaterThan(0)
    const second = (await home.announcements()).at(-1)
    expect(second?.links.map(({ engine }) => engine)).toEqual(['torrent', 'codex'])
    expect(flags()).toEqual({ torrent: true, codex: true })
    const links = await home.store.archives.links(communityId)
    expect(new Set(links.filter(({ clock }) => clock === second?.clock).map(({ engine }) => engine)).size).toBe(2)
    expect((await home.store.archives.published(communityId, 'codex'))?.entries.length).toBe(2)
    expect(readdirSync(join(folders.root, 'owner', 'staging', communityId))).toEqual([])
  })

  it('an engine that is switched on later gets the whole history', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock, { kinds: ['torrent', 'codex'] })
    home.down.add('codex')
    await home.hear(...diary(2))
    await publish(home)
    home.down.delete('codex')
    await home.hear({ at: START + 3 * WEEK, text: 'more' })
    await home.archives.archiveNow(communityId)
    const codex = await home.store.archives.published(communityId, 'codex')
    expect(codex?.entries.length).toBe(3)
    const guest = await member('guest', { kinds: ['codex'] })
    const last = (await home.announcements()).at(-1)
    if (last) await restore(guest, { ...last, links: last.links.filter(({ engine }) => engine === 'codex') })
    expect(await guest.texts()).toEqual([...diary(2).map(({ text }) => text), 'more'])
  })
})

describe('the owner’s loop', () => {
  it('waits until nothing is missing any more before it decides', async () => {
    const clock = new FakeClock(NOW)
    const questions: (() => void)[] = []
    const catchUp = () => new Promise<void>((answer) => questions.push(answer))
    const home = await owner(clock, { catchUp })
    await home.hear(...diary(1))
    home.archives.startOwner(communityId)
    await until(() => questions.length === 1, 'the question')
    expect(await home.announcements()).toEqual([])
    await home.hear({ at: START + 60, text: 'found in the store' })
    questions[0]?.()
    await until(() => questions.length === 2, 'the second question, before publishing')
    questions[1]?.()
    await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
    expect((await home.archives.history(communityId)).archives).toMatchObject([{ messages: 8 }])
  })

  it('case A: a community without a word makes no archive; its first one is archived a week later', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock)
    home.archives.startOwner(communityId)
    home.archives.startOwner(communityId)
    await until(() => home.archives.loop(communityId).startedAs === 'A', 'case A')
    expect(clock.pending).toBe(3)
    await home.hear({ at: NOW / 1000 + 60, text: 'first' })
    for (let hour = 0; hour < 7 * 24; hour += 1) await clock.advance(3_600_000)
    expect((await home.archives.history(communityId)).archives).toEqual([])
    await clock.advance(3_600_000)
    await until(async () => (await home.announcements()).length > 0, 'the first archive')
  })

  it('R2.1 descriptions and announcements alone make no archive, and are in none', async () => {
    const home = await owner()
    const [item] = diary(1)
    await home.hear(...(item ? [item] : []))
    const record = (
      await home.store.records.scan({ communityId, from: 0 as never, to: 9e9 as never, partition: null, limit: 1 })
    )[0]
    if (!record) throw new Error('no record')
    const other = {
      ...record,
      hash: new Uint8Array(32).fill(9),
      messageId: `0x${'9'.repeat(64)}` as never,
      archivable: false,
    }
    await home.store.records.ingest([
      { record: { ...other, timestamp: (START + 3 * WEEK) as never }, effect: null, source: 'live' },
    ])
    await home.store.records.ingest([
      { record: { ...other, messageId: `0x${'8'.repeat(64)}` as never }, effect: null, source: 'live' },
    ])
    await publish(home)
    expect((await home.archives.history(communityId)).archives).toMatchObject([{ from: START, messages: 1 }])
  })

  it('R3.8 announces at the start and daily, with the clock of the publication', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock)
    await home.hear(...diary(1))
    const publication = await publish(home)
    await home.archives.stopOwner(communityId)
    expect(home.engine.isFetchable(linkOf(publication))).toBe(false)
    expect(clock.pending).toBe(0)
    await clock.advance(1000)
    home.archives.startOwner(communityId)
    await until(async () => (await home.announcements()).length === 2, 'the announcement at the start')
    expect(home.engine.isFetchable(linkOf(publication))).toBe(true)
    await until(() => home.archives.loop(communityId).startedAs !== null, 'the loop')
    for (let hour = 0; hour < 24; hour += 1) await clock.advance(3_600_000)
    await until(async () => (await home.announcements()).length === 3, 'the daily announcement')
    const said = await home.announcements()
    expect(said.map(({ clock: at }) => at)).toEqual([publication.clock, publication.clock, publication.clock])
  })

  it('R2.2 a changed interval applies from now on', async () => {
    const clock = new FakeClock((START + 1000) * 1000)
    const home = await owner(clock)
    await home.hear({ at: START, text: 'one' })
    home.archives.startOwner(communityId)
    await until(() => home.archives.loop(communityId).startedAs !== null, 'the loop')
    home.interval = 10
    await home.archives.intervalChanged()
    await home.hear({ at: START + 1003, text: 'two' })
    for (let second = 0; second < 140; second += 1) await clock.advance(1000)
    const shown = async () => (await home.archives.history(communityId)).archives
    await until(async () => (await shown()).filter(({ state }) => state === 'published').length === 2, 'two archives')
    const { archives } = await home.archives.history(communityId)
    expect(archives.map(({ from, to }) => [from, to])).toEqual([
      [START + 1000, START + 1010],
      [START, START + 1000],
    ])
  })

  it('R1.2 after an older database was restored, what was announced is taken up, not begun afresh', async () => {
    const home = await owner()
    await home.hear(...diary(2))
    const publication = await publish(home)
    // The same machine, the same swarm, another database that only has the raw records.
    const restored = await open({ name: 'restored', role: 'owner', clock: new FakeClock(NOW + 60_000) })
    await restored.hear(...diary(2), { at: START + 3 * WEEK, text: 'after the backup' })
    await restored.archives.announced(communityId, announced(publication), 'store')
    const next = await publish(restored)
    const before = await home.archives.history(communityId)
    const { archives } = await restored.archives.history(communityId)
    expect(archives.length).toBe(3)
    for (const { id } of before.archives) expect(archives.map((one) => one.id)).toContain(id)
    expect(next.clock).toBeGreaterThan(publication.clock)
    const guest = await member()
    await restore(guest, next)
    expect(await guest.texts()).toEqual([...diary(2).map(({ text }) => text), 'after the backup'])
  })

  it('R1.1 builds again what was staged and then lost, and never what is still there', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock)
    await home.hear(...diary(2))
    home.engine.trouble.fail.publish = [new Error('the engine is ill')]
    home.archives.startOwner(communityId)
    await until(() => home.signals.some(({ detail }) => detail === 'the engine is ill'), 'the failure')
    const folder = join(folders.root, 'owner', 'staging', communityId)
    const [lost, kept] = readdirSync(folder).sort()
    const before = statSync(join(folder, kept ?? '')).mtimeMs
    rmSync(join(folder, lost ?? ''))
    await clock.advance(5000)
    await until(
      () => home.signals.some(({ detail }) => detail.includes('no longer on the disk')),
      'the loss to be noticed',
    )
    expect(statSync(join(folder, kept ?? '')).mtimeMs).toBe(before)
    await clock.advance(10_000)
    await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
    const guest = await member()
    const [publication] = await home.announcements()
    if (publication) await restore(guest, publication)
    expect(await guest.texts()).toEqual(diary(2).map(({ text }) => text))
  })

  it('R3.1 a publication’s clock is later than the last one’s even if the wall clock went back', async () => {
    const clock = new FakeClock(NOW)
    const home = await owner(clock)
    await home.hear(...diary(1))
    const first = await publish(home)
    clock.jump(NOW - 24 * 3_600_000)
    await home.hear(...diary(2).slice(7))
    await home.archives.archiveNow(communityId)
    expect(await home.store.archives.lastClock(communityId)).toBe((first.clock + 1) as Millis)
  })
})
