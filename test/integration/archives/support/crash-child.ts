/**
 * A node in a process of its own, to be killed on the way. Arguments: root, role, crash point (or empty), weeks,
 * messages a week; a member reads what to follow from `publication.json`. Says `done` and ends when all is done.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../../src/main/clock.ts'
import { armCrashPoint } from '../../../../src/main/workers/crash-point.ts'
import type { Millis } from '../../../../src/shared/domain.ts'
import { communityId } from './people.ts'
import { announced, announcementOf, TestNode, until } from './world.ts'

const START = 1_700_000_000
const WEEK = 7 * 24 * 3600
const [root = '', role = '', point = '', weeks = '3', each = '4'] = process.argv.slice(2)

const said = Array.from({ length: Number(weeks) * Number(each) }, (_, i) => ({
  at: START + Math.floor(i / Number(each)) * WEEK + (i % Number(each)),
  text: `message ${i}`,
}))

if (role === 'owner') {
  const node = await TestNode.open({ root, name: 'owner', role: 'owner', clock: systemClock, threads: true })
  if ((await node.store.records.count(communityId)).records < said.length) await node.hear(...said)
  armCrashPoint(point)
  node.archives.startOwner(communityId)
  await until(async () => {
    const { archives, unarchived } = await node.archives.history(communityId)
    return unarchived === 0 && archives.length === Number(weeks) && archives.every(({ state }) => state === 'published')
  }, 'everything to be published')
  const waiting = await node.store.outbox.due(Number.MAX_SAFE_INTEGER as Millis, 100)
  const newest = waiting.map(announcementOf).sort((a, b) => b.clock - a.clock)[0]
  writeFileSync(join(root, 'publication.json'), JSON.stringify(newest))
  await node.close()
} else if (role === 'heir') {
  const publication = JSON.parse(readFileSync(join(root, 'publication.json'), 'utf8'))
  const from = { device: '01'.repeat(16), successor: null, at: 1 as Millis }
  const findAnnouncements = async () => {
    await node.archives.announced(communityId, { ...announced(publication), from }, 'store')
  }
  const options = { root, name: 'heir', role: 'member', clock: systemClock, threads: true, device: 2 } as const
  // Before the store's threads begin: they are told what is armed then.
  armCrashPoint(point)
  const node = await TestNode.open({ ...options, findAnnouncements })
  const row = await node.store.communities.get(communityId)
  if (row === null) throw new Error('no community')
  if (row.role === 'member') {
    const adopted = { ...row, role: 'owner', sealedKey: new Uint8Array(1), createdAt: systemClock.now() } as const
    await node.store.communities.adopt(adopted)
  }
  const description = { message: new Uint8Array(1), clock: 1 as Millis, members: [], left: [] }
  await node.store.communities.apply({ communityId, description, archiveClock: publication.clock })
  // What it heard itself is in the archives already.
  if ((await node.store.records.count(communityId)).records === 0) await node.hear(...said.slice(0, Number(each)))
  node.standing.owner = true
  node.archives.startOwner(communityId)
  await until(async () => node.archives.loop(communityId).startedAs !== null, 'the history to be continued')
  await node.close()
} else {
  const node = await TestNode.open({ root, name: 'member', role: 'member', clock: systemClock, threads: true })
  armCrashPoint(point)
  const publication = JSON.parse(readFileSync(join(root, 'publication.json'), 'utf8'))
  await node.archives.startMember()
  await node.archives.announced(communityId, announced(publication), 'join-response')
  await until(async () => {
    const { archives, links } = await node.archives.history(communityId)
    return links[0]?.state === 'done' && archives.every(({ state }) => state === 'imported')
  }, 'everything to be imported')
  await node.close()
}
console.log('done')
process.exit(0)
