import { mkdtempSync, rmSync } from 'node:fs'
import { cp, readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { PublishedSet, StagedArchive } from '../../../src/main/distribution/engine.ts'
import { createTorrentEngine } from '../../../src/main/distribution/torrent/engine.ts'
import { publishCrashPoints } from '../../../src/main/distribution/torrent/publisher.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { type Child, type ChildTask, runChild } from '../../support/torrent-child-task.ts'
import { contents, startEngine } from '../../support/torrent-engines.ts'

const piece = 102_400
const lengths = [2 * piece, 70_000, 5 * piece + 1]

interface Scene {
  readonly root: string
  readonly first: PublishedSet
  readonly staged: readonly StagedArchive[]
  readonly run: (crashPoint: string | null, options?: Partial<ChildTask>) => Child
}

/** A first publication, made in order, and archives staged for a second. */
async function prepared(): Promise<Pick<Scene, 'root' | 'first' | 'staged'>> {
  const [root, staging] = [
    mkdtempSync(join(tmpdir(), 'chronicle-crash-')),
    mkdtempSync(join(tmpdir(), 'chronicle-crash-')),
  ]
  const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
  const owner = await startEngine({ root })
  const first = await owner.publish(communityA, null, staged.slice(0, 1), plainCodec)
  await owner.stop()
  return { root, first, staged: staged.slice(1) }
}

/** A copy of what was prepared, for one test to damage. */
async function scene(): Promise<Scene> {
  const { root: original, first, staged } = await before
  const root = temporaryFolder()
  await cp(original, root, { recursive: true })
  const run: Scene['run'] = (crashPoint, options = {}) =>
    runChild({
      root,
      communityId: communityA,
      crashPoint,
      steps: [{ do: 'publish', previous: first, staged }],
      hold: false,
      ...options,
    })
  return { root, first, staged, run }
}

/** What was announced is still there, and the call that died ends in what it would have ended in. */
async function recovers({ root, first, staged }: Scene, expected: PublishedSet): Promise<void> {
  const owner = await startEngine({ root })
  await owner.seed(communityA, first.link, true)
  const [entry] = first.entries
  if (entry === undefined) throw new Error('no entry')
  const member = await anyMember
  // Every copy remembers the same port, and only one of those that run at the same time can have it.
  member.addPeers(communityA, owner.status().addresses)
  await member.fetch(communityA, first.link, entry)

  const set = await owner.publish(communityA, first, staged, plainCodec)
  const withoutPort = ({ link, ...rest }: PublishedSet) => ({ ...rest, link: link.replace(/&x\.pe.*/, '') })
  expect(withoutPort(set)).toEqual(withoutPort(expected))
  for (const [week, each] of set.entries.entries())
    expect(await contents(await member.fetch(communityA, set.link, each))).toEqual(
      bytesOf(`${week}`, lengths[week] ?? 0),
    )
  for (const { link } of [first, set]) await member.remove(communityA, link)
  expect((await readdir(join(root, communityA))).toSorted()).toEqual(['1', '2'])
  expect((await stat(join(root, communityA, '2', communityA, 'data'))).size).toBe(set.committedBytes)
}

const before = prepared()
/** One for all tests, each of which leaves it with nothing. */
const memberRoot = mkdtempSync(join(tmpdir(), 'chronicle-crash-'))
const anyMember = (async () => {
  const engine = createTorrentEngine({ root: memberRoot })
  await engine.start()
  return engine
})()
afterAll(async () => {
  await (await anyMember).stop()
  const { root, staged } = await before
  for (const folder of [memberRoot, root, dirname(staged[0]?.file ?? root)])
    rmSync(folder, { recursive: true, force: true })
})

async function expectedSet(): Promise<PublishedSet> {
  const { run } = await scene()
  const child = run(null)
  const { set } = await child.line('published')
  await child.ended
  if (set === undefined) throw new Error('nothing was published')
  return set
}

describe('R8.2 a publication that is killed', () => {
  const expected = expectedSet()

  it.each(publishCrashPoints.flatMap((name) => [`${name}:before`, `${name}:after`]))(
    'at %s ends in the same set when it is repeated',
    async (point) => {
      const killed = await scene()
      const child = killed.run(point)
      expect(await child.ended).toBe('SIGKILL')
      expect(child.lines.map(({ step }) => step)).toEqual(['started'])
      await recovers(killed, await expected)
    },
  )

  it('§13.12 at random moments ends in the same set when it is repeated', async () => {
    for (let round = 0; round < 4; round += 1) {
      const killed = await scene()
      const delay = Math.floor(Math.random() * 60)
      console.log(`killed ${delay} ms after its start`)
      const child = killed.run(null)
      await child.line('started')
      await new Promise((resolve) => setTimeout(resolve, delay))
      child.kill()
      await child.ended
      await recovers(killed, await expected)
    }
  })

  it('R1.5 has only the tail since the last orderly stop hashed again', async () => {
    const killed = await scene()
    const child = killed.run(null, { hold: true })
    await child.line('published')
    child.kill()
    await child.ended
    const state = async (n: number): Promise<unknown> =>
      JSON.parse(await readFile(join(killed.root, communityA, String(n), 'state.json'), 'utf8'))
    // Two pieces (and a third, of zeros) were there before; the seven new ones and the index are to be looked at.
    expect(await state(2)).toEqual({ clean: false, trusted: 'e000' })
    const owner = await startEngine({ root: killed.root })
    await owner.publish(communityA, killed.first, killed.staged, plainCodec)
    await owner.stop()
    expect(await state(2)).toEqual({ clean: true, trusted: 'ffe0' })
  })
})
