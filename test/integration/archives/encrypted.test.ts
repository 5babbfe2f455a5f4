/** RULES.md R6.1, R6.2; PROTOCOL.md §4.4, §4.9, §13.18: archives and indexes that only members can read. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { indexCodec, openBlob } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import {
  decodeArchive,
  encodeRatchet,
  isEncryptedBlob,
  iterateArchive,
  openProtocol,
} from '../../../src/main/wire/index.ts'
import type { ArchiveLink } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { TestKeys, testKey } from '../../support/test-keys.ts'
import { reasonOf } from '../../unit/wire/support.ts'
import { communityId, type Said } from './support/people.ts'
import { announced, type Folders, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000
const NOW = (START + 10 * WEEK) * 1000

let folders: Folders
const nodes: TestNode[] = []
beforeEach(() => {
  folders = temporaryFolders()
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
  folders.remove()
})

async function open(name: string, keys: TestKeys, more: Partial<Parameters<typeof TestNode.open>[0]> = {}) {
  const role = name === 'owner' ? 'owner' : 'member'
  const clock = role === 'owner' ? new FakeClock(NOW) : systemClock
  const node = await TestNode.open({ root: folders.root, name, role, clock, keys, ...more })
  nodes.push(node)
  return node
}

const diary = (weeks: number): Said[] =>
  Array.from({ length: weeks * 7 }, (_, day) => ({ at: START + day * 24 * 3600, text: `day ${day}`, author: 'alice' }))

async function publish(node: TestNode) {
  node.archives.startOwner(communityId)
  await until(() => node.names().includes('historyArchivesCreated'), 'the first publication')
  const last = (await node.announcements()).at(-1)
  if (!last) throw new Error('nothing was announced')
  return last
}

/** The running partition, closed by hand. */
async function another(node: TestNode) {
  node.archives.startOwner(communityId)
  await node.archives.archiveNow(communityId)
  const last = (await node.announcements()).at(-1)
  if (!last) throw new Error('nothing was announced')
  return last
}

async function close(node: TestNode): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1)
  await node.close()
}

/** A week under the older key, what was said later and the index under the newer. */
async function underTwoKeys() {
  const keys = new TestKeys('owner', spring, summer)
  const owner = await open('owner', keys)
  await owner.hear(...diary(1))
  let asked = 0
  keys.next = () => (asked++ < 4 ? spring : summer)
  await publish(owner)
  await owner.hear({ at: START + 8 * WEEK, text: 'later', author: 'alice' })
  return another(owner)
}

async function follow(node: TestNode, publication: Parameters<typeof announced>[0]) {
  await node.archives.announced(communityId, announced(publication), 'join-response')
  await until(() => !node.archives.isRestoring(communityId), 'the restoration')
}

const states = async (node: TestNode) => (await node.archives.history(communityId)).archives.map(({ state }) => state)
const spring = testKey('spring', 1000)
const summer = testKey('summer', 2000)

describe('R6.1 the archives of an encrypted community', () => {
  it('are encrypted above the engines, once: the same bytes for both; and so are their indexes', async () => {
    const keys = new TestKeys('owner', spring)
    const owner = await open('owner', keys, { kinds: ['torrent', 'codex'] })
    await owner.hear(...diary(2))
    const { links } = await publish(owner)
    const blobs: Record<string, Buffer[]> = {}
    const indexes: Uint8Array[] = []
    for (const engine of owner.engines) {
      const link = links.find(({ engine: kind }) => kind === engine.kind)?.link ?? ('' as ArchiveLink)
      const index = await engine.openIndex(communityId, link)
      indexes.push(index)
      expect(isEncryptedBlob(index)).toBe(true)
      await expect(indexCodec(engine.kind).decode(index)).rejects.toThrow('encrypted')
      const entries = await indexCodec(engine.kind, { id: communityId, keys }).decode(index)
      expect(entries).toHaveLength(2)
      const files = await Promise.all(entries.map((entry) => engine.fetch(communityId, link, entry)))
      blobs[engine.kind] = files
        .map(({ path, offset, length }) => readFileSync(path).subarray(offset, offset + length))
        .sort(Buffer.compare)
    }
    expect(blobs.torrent).toEqual(blobs.codex)
    const numbers = [...indexes, ...(blobs.torrent ?? [])].map((blob) => {
      const layer = openProtocol(blob)
      return layer.kind === 'ratchet' ? layer.seqNo : 0
    })
    expect(new Set(numbers).size, 'no number twice').toBe(numbers.length)
    for (const blob of blobs.torrent ?? []) {
      expect(blob.includes('day 3')).toBe(false)
      expect(decodeArchive(openBlob(blob, keys.held())).records).toHaveLength(7)
    }
  })

  it('are read by a member with the key, and continued by an owner who comes back', async () => {
    const keys = new TestKeys('owner', spring)
    const before = await open('owner', keys)
    await before.hear(...diary(2))
    await publish(before)
    await close(before)
    const owner = await open('owner', keys)
    await owner.hear({ at: START + 8 * WEEK, text: 'later', author: 'alice' })
    const publication = await another(owner)
    const member = await open('member', new TestKeys('member', spring))
    await follow(member, publication)
    expect(await member.texts()).toEqual([...diary(2).map(({ text }) => text), 'later'])
    expect(await states(member)).toEqual(['imported', 'imported', 'imported'])
  })
})

describe('R6.2 a member without the key', () => {
  it('keeps the link, and reads everything as soon as the key comes, also after a restart', async () => {
    const owner = await open('owner', new TestKeys('owner', spring))
    await owner.hear(...diary(2))
    const publication = await publish(owner)
    const keys = new TestKeys('member')
    const before = await open('member', keys)
    await follow(before, publication)
    expect(await states(before)).toEqual([])
    expect((await before.archives.history(communityId)).links).toMatchObject([{ state: 'waiting-for-key' }])
    expect(keys.missed).toBe(1)
    await close(before)
    const member = await open('member', keys)
    await member.archives.startMember()
    await until(() => keys.missed === 2, 'it waits again')
    keys.give(spring)
    await member.archives.keysArrived(communityId)
    await until(async () => (await states(member)).join() === 'imported,imported', 'it is read')
    expect(await member.texts()).toEqual(diary(2).map(({ text }) => text))
  })

  it('of an archive parks that archive, reads the others, and imports it when its key comes', async () => {
    const publication = await underTwoKeys()
    const keys = new TestKeys('member', summer)
    const member = await open('member', keys)
    await follow(member, publication)
    expect(await states(member)).toEqual(['imported', 'waiting-for-key'])
    expect(await member.texts()).toEqual(['later'])
    expect(keys.missed).toBeGreaterThan(0)
    const fetched = member.engine.fetched.length
    keys.give(spring)
    await member.archives.keysArrived(communityId)
    await until(async () => (await states(member)).join() === 'imported,imported', 'it is read')
    expect(await member.texts()).toEqual([...diary(1).map(({ text }) => text), 'later'])
    expect(member.engine.fetched, 'from what was here already').toHaveLength(fetched)
  })

  it('whose key comes while the node is off, tries what it parked at the next start', async () => {
    const publication = await underTwoKeys()
    const keys = new TestKeys('member', summer)
    const before = await open('member', keys)
    await follow(before, publication)
    expect(await states(before)).toEqual(['imported', 'waiting-for-key'])
    await close(before)
    const parked = await open('member', keys)
    await parked.archives.startMember()
    await until(() => !parked.archives.isRestoring(communityId), 'it has nothing left to do')
    expect(await states(parked)).toEqual(['imported', 'waiting-for-key'])
    await close(parked)
    keys.give(spring)
    const member = await open('member', keys)
    await member.archives.startMember()
    await until(async () => (await states(member)).join() === 'imported,imported', 'it is read')
    expect(await member.texts()).toEqual([...diary(1).map(({ text }) => text), 'later'])
  })
})

describe('§13.18 whether an archive is encrypted', () => {
  it('is read from its first layer: one that would decode as an empty archive is not taken for one', async () => {
    // The installation id stands where an archive has its head, and this one is a head.
    const head = String.fromCharCode(8, 1, 16, 2, 34, 4, 97, 98, 99, 100)
    const step = await new TestKeys('a', spring).nextStep()
    if (step === null) throw new Error('no key')
    const { messageKey: _, ...header } = step
    const blob = encodeRatchet({ ...header, installationId: head, payload: new Uint8Array(60) })
    expect(isEncryptedBlob(blob)).toBe(true)
    expect(reasonOf(() => iterateArchive(blob))).toBe('ENCRYPTED')
    expect(reasonOf(() => openBlob(blob, []))).toBe('ENCRYPTED')
    expect(reasonOf(() => openBlob(blob, [spring]))).toBe('DECRYPT')
  })

  it('one that its key does not open is damaged, and waits for no other key', async () => {
    const owner = await open('owner', new TestKeys('owner', spring))
    await owner.hear(...diary(1))
    const publication = await publish(owner)
    const member = await open('member', new TestKeys('member', spring))
    member.engine.trouble.archive = (_, bytes) => {
      const damaged = bytes.slice()
      const at = Math.floor(damaged.length / 2)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      return damaged
    }
    await follow(member, publication)
    expect(await states(member)).toEqual(['quarantined'])
    const [archive] = (await member.archives.history(communityId)).archives
    expect(archive?.reason).toMatch(/^DECRYPT/)
  })
})
