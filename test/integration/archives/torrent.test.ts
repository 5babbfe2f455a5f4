/** The same journeys over the real torrent engine, on this machine. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { createTorrentEngine, type DistributionEngine } from '../../../src/main/distribution/index.ts'
import { PIECE_LENGTH } from '../../../src/main/wire/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityId } from './support/people.ts'
import { announced, type Folders, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const NOW = (START + 50 * WEEK) * 1000

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

async function open(name: string, role: 'owner' | 'member', clock = systemClock) {
  const engine = createTorrentEngine({ root: join(folders.root, name, 'torrents') })
  engines.push(engine)
  await engine.start()
  const node = await TestNode.open({ root: folders.root, name, role, clock, real: [engine] })
  nodes.push(node)
  return { node, engine }
}

const weekly = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ at: START + (from + i) * WEEK, text: `week ${from + i}` }))

async function restore(node: TestNode, publication: Publication) {
  await node.archives.announced(communityId, announced(publication), 'join-response')
  await until(() => !node.archives.isRestoring(communityId), 'the restoration')
}

describe('over torrents', () => {
  it('one week more costs the owner and each member one archive and the index, nothing old', async () => {
    const clock = new FakeClock(NOW)
    const home = await open('owner', 'owner', clock)
    await home.node.hear(...weekly(0, 5))
    home.node.archives.startOwner(communityId)
    await until(() => home.node.names().includes('historyArchivesCreated'), 'the publication')
    const guests = [await open('one', 'member'), await open('two', 'member')]
    const publications = async () => (await home.node.announcements()).sort((a, b) => b.clock - a.clock)
    const [first] = await publications()
    if (!first) throw new Error('nothing announced')
    for (const { node } of guests) await restore(node, first)
    const before = { hashed: home.engine.status().hashed, down: guests.map(({ engine }) => engine.status().downloaded) }

    await home.node.hear(...weekly(5, 6))
    await clock.advance(1000)
    await home.node.archives.archiveNow(communityId)
    const [second] = await publications()
    if (!second) throw new Error('nothing announced')
    const set = await home.node.store.archives.published(communityId, 'torrent')
    const index = (await home.engine.openIndex(communityId, set?.link ?? ('' as never))).length
    expect(set?.entries.length).toBe(6)
    expect(home.engine.status().hashed - before.hashed).toBe(PIECE_LENGTH + index)
    for (const [i, { node, engine }] of guests.entries()) {
      await restore(node, second)
      expect(await node.texts()).toEqual(weekly(0, 6).map(({ text }) => text))
      expect(engine.status().downloaded - (before.down[i] ?? 0)).toBe(PIECE_LENGTH + index)
    }
  })

  it('a newcomer gets everything from a member when the owner is gone', async () => {
    const home = await open('owner', 'owner', new FakeClock(NOW))
    await home.node.hear(...weekly(0, 3))
    home.node.archives.startOwner(communityId)
    await until(() => home.node.names().includes('historyArchivesCreated'), 'the publication')
    const [publication] = await home.node.announcements()
    if (!publication) throw new Error('nothing announced')
    const guest = await open('guest', 'member')
    await restore(guest.node, publication)
    await home.node.archives.close()
    await home.engine.stop()
    const newcomer = await open('newcomer', 'member')
    newcomer.engine.addPeers(communityId, guest.engine.status().addresses)
    await restore(newcomer.node, publication)
    expect(await newcomer.node.texts()).toEqual(weekly(0, 3).map(({ text }) => text))
  })
})
