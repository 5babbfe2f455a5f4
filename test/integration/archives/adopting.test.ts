/** Taking over a history that was made elsewhere, over real torrents, and one's own after a backup was restored. */
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Announcement, HeardDevice, Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { createTorrentEngine, type DistributionEngine } from '../../../src/main/distribution/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { communityId } from './support/people.ts'
import { announced, type Folders, type NodeOptions, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const hex = (device: number) => device.toString(16).padStart(2, '0').repeat(16)

let folders: Folders
let nodes: TestNode[]
let engines: DistributionEngine[]
beforeEach(() => {
  folders = temporaryFolders()
  nodes = []
  engines = []
})
afterEach(async () => {
  for (const node of nodes) await node.close()
  await Promise.all(engines.map((engine) => engine.stop()))
  folders.remove()
})

async function open(name: string, role: 'owner' | 'member', more: Partial<NodeOptions> = {}) {
  const engine = createTorrentEngine({ root: join(folders.root, name, 'torrents') })
  engines.push(engine)
  await engine.start()
  const node = await TestNode.open({ root: folders.root, name, role, clock: systemClock, real: [engine], ...more })
  nodes.push(node)
  return { node, engine, close: () => close(node, engine) }
}

async function close(node: TestNode, engine: DistributionEngine): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1)
  await node.close()
  await engine.stop()
}

const weekly = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ at: START + (from + i) * WEEK, text: `week ${from + i}` }))

const newest = async (node: TestNode): Promise<Publication> => {
  const [publication] = (await node.announcements()).sort((a, b) => b.clock - a.clock)
  if (!publication) throw new Error('nothing announced')
  return publication
}

/** An owner with three weeks published. */
async function published(more: Partial<NodeOptions> = {}) {
  const home = await open('home', 'owner', { device: 1, ...more })
  await home.node.hear(...weekly(0, 3))
  home.node.archives.startOwner(communityId)
  await until(() => home.node.names().includes('historyArchivesCreated'), 'the publication')
  return { ...home, publication: await newest(home.node) }
}

const said = (publication: Publication, device: number, at = Date.now()): Announcement => {
  const from: HeardDevice = { device: hex(device), successor: null, at: at as Millis }
  return { ...announced(publication), from }
}

/** A node that has the key, and nothing else. */
async function heir(name: string, announcements: () => readonly Announcement[], archiveClock: number) {
  const known: { node: TestNode | null } = { node: null }
  const findAnnouncements = async () => {
    for (const one of announcements()) await known.node?.archives.announced(communityId, one, 'store')
  }
  const opened = await open(name, 'member', { device: 2, findAnnouncements })
  const { node } = opened
  known.node = node
  const row = await node.store.communities.get(communityId)
  if (row === null) throw new Error('no community')
  await node.store.communities.adopt({
    ...row,
    role: 'owner',
    sealedKey: new Uint8Array(1),
    createdAt: systemClock.now(),
  })
  const description = { message: new Uint8Array(1), clock: 1 as Millis, members: [], left: [] }
  await node.store.communities.apply({ communityId, description, archiveClock: archiveClock as Millis })
  node.standing.owner = true
  return opened
}

const hasPublished = async (node: TestNode, archives: number) => {
  const set = await node.store.archives.published(communityId, 'torrent')
  return set?.entries.length === archives
}

const hold = async (node: TestNode) => (await node.archives.history(communityId)).hold

describe('§13.13 R1.3 a community whose history was made elsewhere', () => {
  it('is continued, index and data, and a newcomer gets every week from the new owner alone', async () => {
    const home = await published()
    const heard = said(home.publication, 1, Date.now() - 60_000)
    const next = await heir('next', () => [heard], home.publication.clock)
    next.engine.addPeers(communityId, home.engine.status().addresses)
    next.node.archives.startOwner(communityId)
    await until(async () => (await hold(next.node)) === null, 'the history to be here')
    expect(await next.node.texts()).toEqual(weekly(0, 3).map(({ text }) => text))
    const before = await home.node.store.archives.published(communityId, 'torrent')
    const taken = await next.node.store.archives.published(communityId, 'torrent')
    expect(taken?.entries.map(({ id }) => id)).toEqual(before?.entries.map(({ id }) => id))
    expect(taken?.committedBytes).toBe(before?.committedBytes)
    const old = await dataOf(home.engine, before)

    await next.node.hear(...weekly(3, 4))
    expect(await next.node.archives.archiveNow(communityId)).toBe(1)
    const after = await next.node.store.archives.published(communityId, 'torrent')
    expect(after?.entries.map(({ id }) => id).slice(0, 3)).toEqual(before?.entries.map(({ id }) => id))
    expect((await dataOf(next.engine, after)).subarray(0, old.length).equals(old)).toBe(true)
    const publication = await newest(next.node)
    expect(publication.clock).toBeGreaterThan(home.publication.clock)

    await home.close()
    const guest = await open('guest', 'member')
    guest.engine.addPeers(communityId, next.engine.status().addresses)
    await guest.node.archives.announced(communityId, announced(publication), 'join-response')
    await until(() => !guest.node.archives.isRestoring(communityId), 'the restoration')
    expect(await guest.node.texts()).toEqual(weekly(0, 4).map(({ text }) => text))
  })

  it('what the new owner heard itself, and an archive has, is not archived a second time', async () => {
    const home = await published()
    const next = await heir('next', () => [said(home.publication, 1, 0)], home.publication.clock)
    next.engine.addPeers(communityId, home.engine.status().addresses)
    await next.node.hear(...weekly(1, 4))
    next.node.archives.startOwner(communityId)
    await until(() => next.node.names().includes('historyArchivesCreated'), 'the publication')
    const { archives, unarchived } = await next.node.archives.history(communityId)
    expect(archives.map(({ state }) => state)).toEqual(['published', 'published', 'published', 'published'])
    expect(unarchived).toBe(0)
  })

  it('is not published while its newest link is not found; its owner sees why, and may begin afresh', async () => {
    const next = await heir('next', () => [], 1_700_000_000_000)
    await next.node.hear(...weekly(0, 1))
    next.node.archives.startOwner(communityId)
    await until(async () => (await hold(next.node))?.reason === 'no-link', 'the reason')
    await expect(next.node.archives.archiveNow(communityId)).rejects.toMatchObject({ code: 'held' })
    expect(await next.node.announcements()).toEqual([])
    await next.node.archives.startAfresh(communityId)
    await until(() => next.node.names().includes('historyArchivesCreated'), 'the publication')
    expect((await newest(next.node)).clock).toBeGreaterThan(1_700_000_000_000)
  })

  it('that never had one begins at once', async () => {
    const next = await heir('next', () => [], 0)
    await next.node.hear(...weekly(0, 1))
    next.node.archives.startOwner(communityId)
    await until(() => next.node.names().includes('historyArchivesCreated'), 'the publication')
    expect(await hold(next.node)).toBeNull()
  })
})

describe('§13.24 stopping, and starting again with less', () => {
  it('stopping the loop deletes nothing: the next publication continues the index', async () => {
    const home = await published()
    await home.node.archives.stopOwner(communityId)
    await home.node.hear(...weekly(3, 4))
    home.node.archives.startOwner(communityId)
    await until(() => hasPublished(home.node, 4), 'the fourth')
    const set = await home.node.store.archives.published(communityId, 'torrent')
    expect(set?.entries.map(({ from }) => from)).toEqual(weekly(0, 4).map(({ at }) => at))
  })

  it('R1.2 yesterday’s database beside today’s files: nothing announced is lost, though nobody says it again', async () => {
    const file = join(folders.root, 'home', 'node.db')
    const backup = join(folders.root, 'backup.db')
    const first = await published()
    await first.close()
    copyFileSync(file, backup)
    const today = await open('home', 'owner', { device: 1 })
    await today.node.hear(...weekly(3, 4))
    today.node.archives.startOwner(communityId)
    await until(() => hasPublished(today.node, 4), 'the fourth')
    const before = await today.node.store.archives.published(communityId, 'torrent')
    await today.close()
    copyFileSync(backup, file)

    const restored = await open('home', 'owner', { device: 1 })
    await restored.node.hear(...weekly(3, 5))
    restored.node.archives.startOwner(communityId)
    await until(() => hasPublished(restored.node, 5), 'the fifth')
    const after = await restored.node.store.archives.published(communityId, 'torrent')
    expect(after?.entries.slice(0, 4)).toEqual(before?.entries)
    expect(after?.entries.map(({ from }) => from)).toEqual(weekly(0, 5).map(({ at }) => at))
    expect(await restored.node.texts()).toContain('week 3')
  })
})

describe('R3.7 two devices with the same key', () => {
  it('the one that members follow goes on; the other pauses, until its owner takes over and loses no week', async () => {
    const home = await published()
    const heard = { now: [said(home.publication, 1, Date.now() - 60_000)] }
    const next = await heir('next', () => heard.now, home.publication.clock)
    next.engine.addPeers(communityId, home.engine.status().addresses)
    next.node.archives.startOwner(communityId)
    await until(async () => (await hold(next.node)) === null, 'the history to be here')
    await next.node.hear(...weekly(4, 5))
    await next.node.archives.archiveNow(communityId)
    const mine = await newest(next.node)

    await home.node.archives.announced(communityId, said(mine, 2), 'live')
    expect((await home.node.archives.history(communityId)).rival).toMatchObject({
      device: hex(2),
      followed: 'this-device',
    })
    await home.node.hear(...weekly(3, 4))
    expect(await home.node.archives.archiveNow(communityId)).toBe(1)
    const theirs = await newest(home.node)
    await next.node.archives.announced(communityId, said(theirs, 1), 'live')
    await until(async () => (await hold(next.node))?.reason === 'other-device', 'the pause')
    await expect(next.node.archives.archiveNow(communityId)).rejects.toMatchObject({ code: 'held' })
    expect((await next.node.archives.history(communityId)).rival).toMatchObject({ followed: 'other-device' })

    await next.node.archives.resolveRival(communityId, 'keep-publishing')
    const starts = async () => {
      const set = await next.node.store.archives.published(communityId, 'torrent')
      return set?.entries.map(({ from }) => from) ?? []
    }
    await until(async () => (await starts()).length === 5, 'both histories in one index', 40_000)
    expect((await starts()).toSorted((a, b) => a - b)).toEqual(weekly(0, 5).map(({ at }) => at))
  })

  it('who yields names the other as successor, records on, and publishes no more', async () => {
    const home = await published()
    const { publication } = home
    await home.node.archives.announced(
      communityId,
      said({ ...publication, clock: (publication.clock + 1) as Millis }, 2),
      'live',
    )
    await home.node.archives.resolveRival(communityId, 'yield')
    await until(async () => (await hold(home.node))?.reason === 'yielded', 'the hold')
    const words = (await home.node.announcements()) as (Publication & { successor?: string })[]
    expect(words.map(({ successor }) => successor)).toContain(hex(2))
    await home.node.hear(...weekly(3, 4))
    expect((await home.node.archives.history(communityId)).unarchived).toBe(1)
  })

  it('the same device id, heard from a restored copy, is no rival', async () => {
    const home = await published()
    await home.node.archives.announced(communityId, said(home.publication, 1), 'live')
    expect((await home.node.archives.history(communityId)).rival).toBeNull()
  })
})

type PublishedSet = Awaited<ReturnType<TestNode['store']['archives']['published']>>

/** The bytes that a set refers to. */
async function dataOf(engine: DistributionEngine, set: PublishedSet): Promise<Buffer> {
  const [first] = set?.entries ?? []
  if (!set || !first) throw new Error('nothing is published')
  const { path } = await engine.fetch(communityId, set.link, first)
  return readFileSync(path).subarray(0, set.committedBytes)
}
