/** What goes wrong around an owner who publishes: disks, folders, engines that come and go. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { noKeys } from '../../../src/main/archives/blobs.ts'
import { Builder } from '../../../src/main/archives/builder.ts'
import { EngineError } from '../../../src/main/distribution/engine.ts'
import type { EngineKind, Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { channelTopic, communityId, universalTopic } from './support/people.ts'
import { type Folders, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const NOW = (START + 20 * WEEK) * 1000

let folders: Folders
let clock: FakeClock
let home: TestNode
beforeEach(() => {
  folders = temporaryFolders()
})
afterEach(async () => {
  await home.close()
  folders.remove()
})

async function owner(kinds: readonly EngineKind[] = ['torrent']): Promise<TestNode> {
  clock = new FakeClock(NOW)
  home = await TestNode.open({ root: folders.root, name: 'owner', role: 'owner', clock, kinds })
  return home
}
const published = async () =>
  (await home.archives.history(communityId)).archives.filter((one) => one.state === 'published')

it('a folder that cannot be written is said once, with what to do; nothing is lost when it can be', async () => {
  mkdirSync(join(folders.root, 'owner'), { recursive: true })
  const staging = join(folders.root, 'owner', 'staging')
  writeFileSync(staging, 'a file in the way')
  const { archives } = await owner()
  await home.hear({ at: START, text: 'hello' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesNotice'), 'the notice')
  for (let i = 0; i < 2; i += 1)
    await expect(archives.archiveNow(communityId)).rejects.toMatchObject({ code: 'folder-unwritable' })
  rmSync(staging)
  expect(await archives.archiveNow(communityId)).toBe(1)
  expect(home.signals.filter(({ detail }) => detail.includes('cannot be written')).length).toBe(1)
  expect((await archives.history(communityId)).unarchived).toBe(0)
  expect((await published()).map(({ messages }) => messages)).toEqual([1])
})

it('a disk that is full while an engine publishes costs nothing but time', async () => {
  const { archives, engine } = await owner()
  const full = () => new EngineError('no-space', 'The disk is full.', { retryable: true })
  engine.trouble.fail.publish = [full(), full()]
  await home.hear({ at: START, text: 'hello' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesNotice'), 'the notice')
  await expect(archives.archiveNow(communityId)).rejects.toMatchObject({ code: 'no-space' })
  expect(await archives.archiveNow(communityId)).toBe(1)
  expect((await published()).map(({ messages }) => messages)).toEqual([1])
})

it('a disk that is full while an archive is encoded leaves no file and says what to do', async () => {
  await owner()
  await home.hear({ at: START, text: 'hello' })
  const range = { from: START as Seconds, to: (START + WEEK) as Seconds }
  const [claimed] = await home.store.archives.claim(communityId, [], [range], home.signals.length as never)
  const discarded: number[] = []
  const builder = new Builder(home.store, join(folders.root, 'staging'), noKeys, () => ({
    api: {
      begin: async () => 7,
      append: async () => Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })),
      supply: async () => {},
      finish: async () => ({ parts: [], dropped: 0 }),
      discard: async (id) => void discarded.push(id),
    },
    closed: new Promise(() => {}),
    end: async () => {},
  }))
  const job = { ...range, communityId, id: claimed?.id ?? 0, topics: [] }
  await expect(builder.stage(job, new AbortController().signal)).rejects.toMatchObject({ code: 'no-space' })
  expect(discarded).toEqual([7])
})

it('a channel that is removed while its week is archived is in the archive all the same', async () => {
  const { archives } = await owner()
  await home.hear({ at: START, text: 'in the channel', topic: channelTopic }, { at: START + 9, text: 'everywhere' })
  let asked = 0
  home.listed = () => {
    asked += 1
    // Claimed already, and not yet encoded.
    return [universalTopic]
  }
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
  expect(asked).toBe(1)
  const [entry, ...more] = (await home.store.archives.published(communityId, 'torrent'))?.entries ?? []
  expect(more).toEqual([])
  expect(entry?.topics).toEqual([universalTopic, channelTopic])
  expect((await published()).map(({ messages }) => messages)).toEqual([2])
  expect((await archives.history(communityId)).unarchived).toBe(0)
})

it('R5.1 an engine that is switched on gets the whole history at once, not with the next archive', async () => {
  const { archives } = await owner(['torrent', 'codex'])
  home.down.add('codex')
  await home.hear({ at: START, text: 'hello' }, { at: START + WEEK, text: 'again' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
  expect((await archives.publication(communityId))?.links.map(({ engine }) => engine)).toEqual(['torrent'])
  home.down.delete('codex')
  archives.lookAgain()
  await home.archives.archiveNow(communityId)
  const publication = await archives.publication(communityId)
  expect(publication?.links.map(({ engine }) => engine)).toEqual(['torrent', 'codex'])
  expect((await home.store.archives.published(communityId, 'codex'))?.entries.length).toBe(2)
})

it('R3.8 an engine that could not seed at the start does so, and is announced, when it is well again', async () => {
  const { archives } = await owner(['torrent', 'codex'])
  await home.hear({ at: START, text: 'hello' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
  await archives.stopOwner(communityId)
  const codex = home.engines.find(({ kind }) => kind === 'codex')
  if (codex) codex.trouble.fail.seed = Array.from({ length: 1000 }, () => new Error('its node is away'))
  archives.startOwner(communityId)
  const links = async () => (await archives.publication(communityId))?.links.map(({ engine }) => engine)
  await until(async () => (await links())?.length === 1, 'the other engine')
  expect(await links()).toEqual(['torrent'])
  const notices = () => home.names().filter((name) => name === 'historyArchivesNotice').length
  await until(() => notices() === 2, 'the announcement of the start')
  if (codex) codex.trouble.fail.seed = []
  await clock.advance(1000)
  const before = (await home.announcements()).length
  archives.engineBack()
  await until(async () => (await home.announcements()).length > before, 'the announcement')
  expect(await links()).toEqual(['torrent', 'codex'])
  expect(home.signals.findLast(({ name }) => name === 'historyArchivesSeeding')?.seeding).toEqual({
    torrent: true,
    codex: true,
  })
})

it('R1.7 the link of an engine that does not run is not announced', async () => {
  const { archives } = await owner(['torrent', 'codex'])
  await home.hear({ at: START, text: 'hello' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
  home.down.add('torrent')
  expect((await archives.publication(communityId))?.links.map(({ engine }) => engine)).toEqual(['codex'])
  await archives.stopOwner(communityId)
  expect(await archives.publication(communityId)).toBeNull()
})

it('§13.14 nothing created is nothing seeded and nothing announced', async () => {
  const { archives } = await owner()
  archives.startOwner(communityId)
  await until(() => archives.loop(communityId).startedAs === 'A', 'the loop to begin')
  expect(await archives.archiveNow(communityId)).toBe(0)
  expect(home.names()).toEqual(['noHistoryArchivesCreated'])
  expect(await home.announcements()).toEqual([])
})

it('§13.11 what is remembered of a community’s archives does not wipe each other', async () => {
  const { archives, store } = await owner()
  await home.hear({ at: START, text: 'hello' })
  archives.startOwner(communityId)
  await until(() => home.names().includes('historyArchivesCreated'), 'the publication')
  const before = await archives.publication(communityId)
  await store.archives.setCuts(communityId, [{ start: START as Seconds, interval: 10 }])
  await store.communities.noteArchiveClock(communityId, 1 as never)
  expect(await archives.publication(communityId)).toEqual(before)
  expect(await store.archives.lastEnd(communityId)).toBe(START + WEEK)
  expect((await store.communities.get(communityId))?.archiveClock).toBe(before?.clock)
})
