/** Archives in the place of what a member has: off by default, previewed, and taken back without a trace. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import type { Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityId, itemOf } from './support/people.ts'
import { announced, type Folders, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const DAY = 24 * 3600
const START = 1_700_000_000
const weeks = (count: number) => Array.from({ length: count }, (_, i) => ({ at: START + i * WEEK, text: `week ${i}` }))
const late = { at: START + 3600, text: 'late' }
/** Sent a week after it was written: it lies in the archive of the week after. */
const delayed = { at: START + 7200, text: 'delayed' }
const nearTheEnd = { at: START + 3 * WEEK - DAY / 2, text: 'near the end' }
const young = { at: START + 5 * WEEK, text: 'young' }
const all = ['week 0', 'late', 'delayed', 'week 1', 'week 2', 'near the end', 'young']
const without = all.filter((text) => text !== 'late')

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

async function open(role: 'owner' | 'member'): Promise<TestNode> {
  const clock = role === 'owner' ? new FakeClock((START + 20 * WEEK) * 1000) : systemClock
  const node = await TestNode.open({ root: folders.root, name: role, role, clock })
  nodes.push(node)
  return node
}

/** An owner who never heard the late message, nor what was said near the end and after it. */
async function published(): Promise<{ owner: TestNode; publication: Publication }> {
  const owner = await open('owner')
  await owner.hear(...weeks(3))
  const { record, ...item } = itemOf(delayed)
  if (record === null) throw new Error('nothing to archive')
  await owner.store.records.ingest([{ ...item, record: { ...record, timestamp: (START + WEEK + 60) as Seconds } }])
  owner.archives.startOwner(communityId)
  await until(() => owner.names().includes('historyArchivesCreated'), 'the publication')
  const [publication] = await owner.announcements()
  if (publication === undefined) throw new Error('nothing announced')
  return { owner, publication }
}

/** A member who heard more than was archived. */
async function member(publication: Publication): Promise<TestNode> {
  const guest = await open('member')
  await guest.hear(...weeks(1), late, delayed, nearTheEnd, young)
  await guest.archives.announced(communityId, announced(publication), 'join-response')
  await until(() => !guest.archives.isRestoring(communityId), 'the restoration')
  return guest
}

const gone = (node: TestNode) => until(async () => (await node.texts()).length === without.length, 'the replacement')

describe('canonical replacement', () => {
  it('is off until it is wished, says before what would go, and brings all of it back as it was', async () => {
    const { publication } = await published()
    const guest = await member(publication)
    const { replacement } = guest.archives
    const preview = await replacement.preview(communityId)
    expect(preview).toMatchObject({ on: false, messages: 1, more: false, younger: 1, unread: 0, replaced: 0 })
    expect(preview.first.map(({ text }) => text)).toEqual(['late'])
    expect(preview.weeks.map(({ messages }) => messages)).toEqual([1])
    expect(await guest.texts()).toEqual(all)
    expect(await guest.archives.history(communityId)).toMatchObject({ replaces: false, replaced: 0 })
    // Once it is on, it does that, and all of it can be taken back.
    const before = await guest.store.messages.history({ communityId, limit: 100 })
    await replacement.set(communityId, true)
    await gone(guest)
    expect(await guest.texts()).toEqual(without)
    expect(await replacement.preview(communityId)).toMatchObject({ on: true, messages: 0, replaced: 1 })
    expect(await guest.archives.history(communityId)).toMatchObject({ replaces: true, replaced: 1 })
    expect(await replacement.restore(communityId)).toBe(1)
    expect(await guest.store.messages.history({ communityId, limit: 100 })).toEqual(before)
    expect(await replacement.preview(communityId)).toMatchObject({ on: false, messages: 1, replaced: 0 })
  })

  it('R2.3 lets a late message be when an archive of its own comes for it', async () => {
    const { owner, publication } = await published()
    const guest = await member(publication)
    await guest.archives.replacement.set(communityId, true)
    await gone(guest)
    await owner.hear(late)
    await owner.archives.archiveNow(communityId)
    const [, next] = await owner.announcements()
    if (next === undefined) throw new Error('nothing announced')
    await guest.archives.announced(communityId, announced(next), 'join-response')
    await until(async () => (await guest.texts()).includes('late'), 'the late archive')
    await until(() => !guest.archives.isRestoring(communityId), 'the restoration')
    expect(await guest.archives.replacement.preview(communityId)).toMatchObject({ on: true, messages: 0, replaced: 0 })
    expect(await guest.texts()).toEqual(all)
  })

  it('goes on after a restart, and compares nothing twice', async () => {
    const { publication } = await published()
    const before = await member(publication)
    await before.archives.close()
    await before.store.replacement.set(communityId, true)
    const again = await open('member')
    await again.archives.startMember()
    await gone(again)
    await until(async () => (await again.store.replacement.compared(communityId)).length === 2, 'the marks')
    // What is heard afterwards is as late as what comes after an archive was made: it stays.
    await again.hear(late)
    await again.archives.close()
    const last = await open('member')
    await last.archives.startMember()
    expect(await last.archives.replacement.preview(communityId)).toMatchObject({ messages: 1 })
    expect(await last.texts()).toEqual(all)
  })

  it('waits while an archive cannot be read, and says so', async () => {
    const { publication } = await published()
    const guest = await member(publication)
    guest.down.add('torrent')
    expect(await guest.archives.replacement.preview(communityId)).toMatchObject({ messages: 0, unread: 3 })
    await guest.archives.replacement.set(communityId, true)
    const said = () => guest.signals.some(({ detail }) => detail.startsWith('Nothing was replaced'))
    await until(said, 'the notice')
    expect(await guest.texts()).toEqual(all)
    guest.down.clear()
    guest.archives.replacement.wake(communityId)
    await gone(guest)
  })

  it('is not for an owner', async () => {
    const { owner } = await published()
    await expect(owner.archives.replacement.set(communityId, true)).rejects.toMatchObject({ code: 'owner-keeps' })
    await expect(owner.archives.replacement.preview(communityId)).rejects.toMatchObject({ code: 'owner-keeps' })
  })
})
