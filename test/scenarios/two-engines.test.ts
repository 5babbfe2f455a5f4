/**
 * Whole nodes whose archives travel by BitTorrent and by Codex at once: one of the two is lost in the middle of a member's
 * download, on the member's side or on the other, or something newer is announced. R5.1, R5.2.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { Archive, ArchiveState, ChatId, CommunityId, EngineKind, Millis } from '../../src/shared/domain.ts'
import type { Person } from './support/person.ts'
import { Stage } from './support/stage.ts'

const HOUR = 3_600_000 as Millis
const partitions = 4
const messages = 60
/** bytes/s; an archive takes some seconds. */
const slowly = 98_304
/** bytes/s, as few as may be asked for: hardly anything more comes to its end while the test does what it is about. */
const hardly = 16_384

let stage: Stage | null = null
afterEach(async () => {
  await stage?.close()
  stage = null
})

interface Scene {
  readonly owner: Person
  readonly member: Person
  readonly id: CommunityId
  readonly chatId: ChatId
}

/** An owner who has published several archives by both engines, and a member who takes them slowly. */
async function open(title: string, first: EngineKind | 'both'): Promise<Scene> {
  stage = await Stage.open({ title, engine: 'both', interval: HOUR })
  const owner = await stage.person('owner')
  const { id } = await owner.found(title)
  const chatId = await owner.channel(id, 'general')
  for (let n = 1; n <= partitions; n += 1) await archive({ owner, id, chatId }, n)
  const member = await stage.person('member')
  // On a busy machine the preferred engine may be the later one: the other waits until this one has begun.
  await member.client.request('settings.set', {
    downloadLimit: slowly,
    distribution: first,
    distributionFallback: first === 'both',
  })
  await member.join(id)
  return { owner, member, id, chatId }
}

async function archive({ owner, id, chatId }: Omit<Scene, 'member'>, n: number): Promise<void> {
  for (let m = 0; m < messages; m += 1) await owner.say(chatId, `${n} ${m} `.padEnd(4000, `${m % 10}`))
  await owner.within(`archives ${n}`, 60, owner.client.request('history.archiveNow', { communityId: id }))
}

const rows = async ({ member, id }: Scene): Promise<readonly Archive[]> => (await member.history(id)).archives
const isUnderWay = new Set<ArchiveState>(['downloading', 'downloaded', 'importing'])
const partitionOf = ({ from, to }: Archive) => `${from}-${to}`

/** Until something has been imported while something else is under way. @returns the engine that brings it */
async function midway(scene: Scene): Promise<EngineKind> {
  let found: EngineKind | null = null
  await scene.member.until('is in the middle', 120, async () => {
    const all = await rows(scene)
    const done = all.filter(({ state }) => state === 'imported')
    found = all.find(({ state }) => state === 'downloading')?.engine ?? null
    return done.length > 0 && done.length < partitions - 1 && found !== null
  })
  if (found === null) throw new Error('Nothing is under way.')
  await scene.member.client.request('settings.set', { downloadLimit: hardly, distributionFallback: true })
  return found
}

/** Of each partition, and of each engine that carries it, the archives. */
function sharesOf(archives: readonly Archive[]): Map<string, Map<EngineKind, Archive[]>> {
  const partitions = new Map<string, Map<EngineKind, Archive[]>>()
  for (const archive of archives.toSorted((a, b) => a.from - b.from)) {
    const shares = partitions.get(partitionOf(archive)) ?? new Map<EngineKind, Archive[]>()
    partitions.set(partitionOf(archive), shares)
    shares.set(archive.engine, [...(shares.get(archive.engine) ?? []), archive])
  }
  return partitions
}

/**
 * Every partition is here, whole from one engine, and with it everything that was said, once. How many there are is the
 * clock's doing: what is said across the end of a second makes two, or a late archive of the first. What the lost engine
 * had brought of a partition stays, and stands for nothing: the other one brings all of it again, and the messages are
 * told apart by their ids (R5.2). Two engines need not cut a partition at the same places, so the rest of a share is no
 * complement of what is here. @returns the engines, one for each partition, oldest first
 */
async function whole(scene: Scene, expected: number, seconds: number): Promise<EngineKind[]> {
  const { member, owner, chatId, id } = scene
  await member.client.request('settings.set', { downloadLimit: null })
  const theirs = sharesOf((await owner.history(id)).archives)
  const sum = (archives: readonly Archive[]) => archives.reduce((total, { messages: n }) => total + n, 0)
  const find = async () => {
    const imported = (await rows(scene)).filter(({ state }) => state === 'imported')
    const here = new Set(imported.map(({ engine, id: archiveId }) => `${engine} ${archiveId}`))
    expect(here.size, 'an archive imported twice').toBe(imported.length)
    const isHere = ({ engine, id: archiveId }: Archive) => here.has(`${engine} ${archiveId}`)
    return [...theirs.values()].map((shares) => [...shares.values()].filter((share) => share.every(isHere)))
  }
  try {
    await member.until('has everything', seconds, async () => (await find()).every((shares) => shares.length > 0))
    await member.until('rests', seconds, async () => (await rows(scene)).every(({ state }) => !isUnderWay.has(state)))
  } catch (error) {
    const { links, archives } = await member.history(id)
    for (const { engine, state } of links) stage?.report.say(`link of ${engine}: ${state}`)
    for (const each of archives) stage?.report.say(`${partitionOf(each)} ${each.engine}: ${each.state} ${each.reason}`)
    for (const { engine, state, trouble } of await member.client.request('engines.list').catch(() => []))
      stage?.report.say(`engine ${engine}: ${state} ${trouble}`)
    throw error
  }
  const found = await find()
  for (const shares of found) expect(shares, 'a partition of two engines').toHaveLength(1)
  expect(sum(found.flat(2))).toBe(expected * messages)
  const { total } = await member.client.request('messages.page', { chatId, limit: 1 })
  expect(total).toBe(expected * messages)
  return found.flatMap(([share]) => share?.[0]?.engine ?? [])
}

const otherOf = (engine: EngineKind): EngineKind => (engine === 'torrent' ? 'codex' : 'torrent')

describe('R5.2 one engine is lost in the middle of a download', () => {
  it.each(['torrent', 'codex'] as const)('the member’s %s engine dies: the rest comes by the other', async (victim) => {
    const scene = await open(`${victim} dies`, victim)
    expect(await midway(scene)).toBe(victim)
    await scene.member.loseEngine(victim)
    const engines = await whole(scene, partitions, 120)
    // Newest first, several at once.
    expect(engines).toContain(victim)
    expect(engines[0]).toBe(otherOf(victim))
  })

  it.each(['torrent', 'codex'] as const)('the only %s seed goes: the rest comes by the other', async (victim) => {
    const scene = await open(`${victim} seed goes`, victim)
    expect(await midway(scene)).toBe(victim)
    await scene.owner.loseEngine(victim)
    const engines = await whole(scene, partitions, 300)
    expect(engines).toContain(victim)
    expect(engines[0]).toBe(otherOf(victim))
  })

  it('whoever has no preference goes on with the one that is left', async () => {
    const scene = await open('No preference', 'both')
    const victim = await midway(scene)
    await scene.member.loseEngine(victim)
    const engines = await whole(scene, partitions, 120)
    expect(engines[0]).toBe(otherOf(victim))
  })
})

it.each(['torrent', 'codex'] as const)('a newer link takes over a running download by %s', async (engine) => {
  const scene = await open(`Takeover by ${engine}`, engine)
  expect(await midway(scene)).toBe(engine)
  await archive(scene, partitions + 1)
  await scene.member.until('follows the newer link', 60, async () => {
    const { links } = await scene.member.history(scene.id)
    return links.filter((link) => link.engine === engine).length === 2
  })
  expect(new Set(await whole(scene, partitions + 1, 120))).toEqual(new Set([engine]))
})
