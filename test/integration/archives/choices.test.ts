/** What a member decides about a download: when, how much, how fast, and whether others get it from here. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { EngineError } from '../../../src/main/distribution/engine.ts'
import { PIECE_LENGTH } from '../../../src/main/wire/index.ts'
import type { ArchiveLink, EngineKind } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityId } from './support/people.ts'
import { announced, type Folders, type NodeOptions, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const NOW = (START + 20 * WEEK) * 1000

let folders: Folders
let nodes: TestNode[]
beforeEach(() => {
  folders = temporaryFolders()
  nodes = []
})
afterEach(async () => {
  for (const node of nodes) await node.close()
  folders.remove()
})

async function open(options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const base = { root: folders.root, name: 'member', role: 'member', clock: systemClock } as const
  const node = await TestNode.open({ ...base, ...options })
  nodes.push(node)
  return node
}

const weeks = (count: number) => Array.from({ length: count }, (_, i) => ({ at: START + i * WEEK, text: `week ${i}` }))

async function published(
  count: number,
  kinds: readonly EngineKind[] = ['torrent'],
): Promise<{ owner: TestNode; publication: Publication; link: ArchiveLink }> {
  const owner = await open({ name: 'owner', role: 'owner', clock: new FakeClock(NOW), kinds })
  await owner.hear(...weeks(count))
  owner.archives.startOwner(communityId)
  await until(() => owner.names().includes('historyArchivesCreated'), 'the publication')
  const [publication] = await owner.announcements()
  const link = publication?.links[0]?.link
  if (publication === undefined || link === undefined) throw new Error('nothing announced')
  return { owner, publication, link }
}

const quiet = (node: TestNode) => until(() => !node.archives.isRestoring(communityId), 'the restoration')

async function restored(publication: Publication): Promise<TestNode> {
  const guest = await open()
  await guest.archives.announced(communityId, announced(publication), 'join-response')
  await quiet(guest)
  return guest
}

async function restarted(before: TestNode): Promise<TestNode> {
  await before.archives.close()
  const again = await open()
  await again.archives.startMember()
  await quiet(again)
  return again
}

describe('what was downloaded', () => {
  it('§13.20 is served again after a restart, also while the download is paused', async () => {
    const { owner, publication, link } = await published(2)
    const guest = await restored(publication)
    await owner.engine.seed(communityId, link, false)
    // As an engine that was started anew: it serves what it is told to.
    await guest.engine.seed(communityId, link, false)
    const again = await restarted(guest)
    expect(again.engine.isFetchable(link)).toBe(true)
    await again.archives.pause(communityId, true)
    await again.engine.seed(communityId, link, false)
    const paused = await restarted(again)
    await until(() => paused.engine.isFetchable(link), 'serving while paused')
  })

  it('is served until the member says otherwise, also after a restart, and again when they change their mind', async () => {
    const { owner, publication, link } = await published(2)
    const guest = await restored(publication)
    await owner.engine.seed(communityId, link, false)
    await guest.archives.seed(communityId, false)
    await quiet(guest)
    expect(guest.engine.isFetchable(link)).toBe(false)
    expect((await guest.archives.history(communityId)).seeding).toBe(false)
    expect(guest.names()).toContain('historyArchivesUnseeded')
    const again = await restarted(guest)
    expect(again.engine.isFetchable(link)).toBe(false)
    expect(again.engine.calls).not.toContain('seed')
    await again.archives.seed(communityId, true)
    await until(() => again.engine.isFetchable(link), 'serving again')
    expect(await again.texts()).toEqual(weeks(2).map(({ text }) => text))
  })

  it('an owner serves for as long as history archives are on', async () => {
    const { owner } = await published(1)
    await expect(owner.archives.seed(communityId, false)).rejects.toMatchObject({ code: 'owner-serves' })
  })
})

describe('§13.4 a link of which a part failed', () => {
  it('is not done before the rest came, and nothing is fetched twice', async () => {
    const { publication } = await published(3, ['codex'])
    const guest = await open({ kinds: ['codex'] })
    const state = async () => (await guest.store.downloads.links(communityId)).map((link) => link.state)
    const { promise: somebody, resolve } = Promise.withResolvers<void>()
    let refused = 0
    guest.engine.trouble.before = async (entry) => {
      if (entry === null || entry.from !== START + WEEK) return
      refused += 1
      if (refused < 3) throw new EngineError('timeout', 'nobody has this one')
      await somebody
    }
    await guest.archives.announced(communityId, announced(publication), 'join-response')
    await until(async () => refused === 3 && (await guest.texts()).length === 2, 'the others')
    expect(await state()).toEqual(['opened'])
    expect(guest.archives.isRestoring(communityId)).toBe(true)
    resolve()
    await quiet(guest)
    expect(await state()).toEqual(['done'])
    expect(await guest.texts()).toEqual(weeks(3).map(({ text }) => text))
    expect(guest.engine.fetched.length).toBe(3)
  })
})

describe('a disk that may hold only so much', () => {
  it('stops the download with a reason, keeps what is here, and goes on when it may hold more', async () => {
    const { publication } = await published(4)
    const guest = await open({ restoration: { parallel: 1 } })
    guest.diskLimit = 0
    await guest.archives.announced(communityId, announced(publication), 'join-response')
    await until(() => guest.names().includes('historyArchivesNotice'), 'the notice')
    expect(guest.engine.fetched).toEqual([])
    const rows = await guest.store.downloads.archives(communityId)
    expect(rows.map(({ state }) => state)).toEqual(['wanted', 'wanted', 'wanted', 'wanted'])
    for (const { reason } of rows) expect(reason).toMatch(/^disk-limit: .*Raise the limit/)

    // Torrents keep whole pieces.
    guest.diskLimit = 2 * PIECE_LENGTH
    const notices = guest.names().filter((name) => name === 'historyArchivesNotice').length
    await guest.archives.diskLimitChanged()
    await until(() => guest.names().filter((name) => name === 'historyArchivesNotice').length > notices, 'the next one')
    await until(async () => (await guest.texts()).length === 2, 'two weeks')
    expect((await guest.store.downloads.links(communityId))[0]?.state).toBe('opened')

    guest.diskLimit = null
    await guest.archives.diskLimitChanged()
    await quiet(guest)
    expect(await guest.texts()).toEqual(weeks(4).map(({ text }) => text))
    expect((await guest.store.downloads.links(communityId))[0]?.state).toBe('done')
    // Less than is here: nothing goes.
    guest.diskLimit = 1
    await guest.archives.diskLimitChanged()
    expect(guest.engine.calls).not.toContain('remove')
  })
})

describe('§13.15 a member who changes their mind again and again', () => {
  it('cancels, pauses, resumes and changes what is wanted, all at once, and ends where it said last', async () => {
    const { publication } = await published(3)
    const guest = await open()
    const { archives } = guest
    const told = archives.announced(communityId, announced(publication), 'join-response')
    await Promise.all([
      told,
      archives.cancel(communityId),
      archives.cancel(communityId),
      archives.pause(communityId, true),
      archives.pause(communityId, false),
      archives.want(communityId, { kind: 'latest' }),
      archives.cancel(communityId),
      archives.leave(communityId),
      archives.follow(communityId),
    ])
    await archives.announced(
      communityId,
      announced({ ...publication, clock: (publication.clock + 1) as never }),
      'join-response',
    )
    await archives.want(communityId, { kind: 'all' })
    await quiet(guest)
    await until(async () => (await guest.texts()).length === 3, 'everything')
    await Promise.all([archives.close(), archives.close()])
  })
})

describe('the map of weeks', () => {
  it('says what is here, what is not and why, and how many others hold it', async () => {
    const { owner, publication } = await published(3)
    const own = await owner.archives.coverage(communityId)
    expect(own.map(({ state }) => state)).toEqual(['archived', 'archived', 'archived'])
    expect(own.reduce((sum, { live }) => sum + live, 0)).toBe(3)
    const guest = await open({ restoration: { parallel: 1 } })
    await guest.archives.want(communityId, { kind: 'latest' })
    await guest.archives.announced(communityId, announced(publication), 'join-response')
    await quiet(guest)
    const map = async () =>
      (await guest.archives.coverage(communityId)).map(({ state, missing, messages, peers }) => [
        state,
        missing,
        messages,
        peers,
      ])
    expect(await map()).toEqual([
      ['missing', 'not-wanted', 0, 1],
      ['missing', 'not-wanted', 0, 1],
      ['imported', null, 1, 1],
    ])
    // What is said now lies in a week of its own; what was read from archives counts as no live message.
    await guest.hear({ at: START + 5.5 * WEEK, text: 'live' })
    const weeksNow = await guest.archives.coverage(communityId)
    expect(weeksNow.map(({ state, live }) => [state, live]).slice(2)).toEqual([
      ['imported', 0],
      ['quiet', 0],
      ['quiet', 0],
      ['live', 1],
    ])
  })
})
