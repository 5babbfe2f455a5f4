import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codexCrashPoints, codexFetchCrashPoints } from '../../../../src/main/distribution/codex/embedded/library.ts'
import type { PublishedSet } from '../../../../src/main/distribution/engine.ts'
import { foreignDataset } from '../../../support/codex-bytes.ts'
import { runCodexChild } from '../../../support/codex-child-task.ts'
import { contents, entryOf, publish, startEngine, startMember } from '../../../support/codex-engines.ts'
import { Stranger } from '../../../support/codex-stranger.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536
const lengths = [2 * block, 70_000, 5 * block + 1]
const both = (names: readonly string[]) => names.flatMap((name) => [`${name}:before`, `${name}:after`])

/** A first publication, and archives staged for a second. */
async function prepared() {
  const [original, root, staging] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  const owner = await startEngine({ root: original })
  const first = await publish(owner, lengths.slice(0, 1))
  await owner.stop()
  await cp(original, root, { recursive: true })
  const staged = [await stage(staging, 1, lengths[1] ?? 0), await stage(staging, 2, lengths[2] ?? 0)]
  const again = await startEngine({ root: original })
  const expected = await again.publish(communityA, first, staged, plainCodec)
  await again.stop()
  return { root, first, staged, expected }
}

async function restores(set: PublishedSet, root: string): Promise<void> {
  const owner = await startEngine({ root })
  await owner.seed(communityA, set.link, true)
  const member = await startMember([owner])
  expect(await plainCodec.decode(await member.openIndex(communityA, set.link))).toEqual(set.entries)
  for (const [week, entry] of set.entries.entries())
    expect(await contents(await member.fetch(communityA, set.link, entry))).toEqual(
      bytesOf(`${week}`, lengths[week] ?? 0),
    )
  await owner.stop()
}

describe('R8.2 a publication that is killed', () => {
  it.each(both(codexCrashPoints))('at %s ends in the same set when it is repeated', async (crashPoint) => {
    const { root, first, staged, expected } = await prepared()
    // Stored are two archives and the index: the second time is in the middle.
    const point = crashPoint.startsWith('codex.publish') ? crashPoint : `${crashPoint}@2`
    const task = { root, communityId: communityA, publish: { previous: first, staged }, hold: false }
    const child = runCodexChild({ ...task, crashPoint: point })
    expect(await child.ended).toBe('SIGKILL')
    expect(child.lines.map(({ step }) => step)).toEqual(['started'])
    await restores(first, root)
    const owner = await startEngine({ root })
    expect(await owner.publish(communityA, first, staged, plainCodec)).toEqual(expected)
    await owner.stop()
    await restores(expected, root)
    expect(await readdir(join(root, 'datasets'))).toHaveLength(5)
    expect(await readdir(join(root, 'incoming'))).toHaveLength(0)
  })
})

describe('R8.2 a fetch that is killed', () => {
  const length = 60 * block + 100
  const dataset = foreignDataset(bytesOf('0', length))

  it.each(both(codexFetchCrashPoints))('at %s goes on where it was', async (crashPoint) => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const set = await publish(owner, [length])
    // The first time is the index's.
    const task = { root, communityId: communityA, peers: owner.status().addresses, fetch: set.link, hold: false }
    const child = runCodexChild({ ...task, crashPoint: `${crashPoint}@2` })
    expect(await child.ended).toBe('SIGKILL')
    const member = await startMember([owner], { root })
    const file = await member.fetch(communityA, set.link, entryOf(set, 0))
    expect(await contents(file)).toEqual(bytesOf('0', length))
  })

  it('fetches afterwards only the blocks that are missing', async () => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const set = await publish(owner, [length])
    expect(entryOf(set, 0).locator).toEqual({ kind: 'codex', cid: dataset.cid })
    const index = foreignDataset(await plainCodec.encode(set.entries))
    await owner.stop()
    // Gives 30 blocks, besides the index's one, and no more.
    const stingy = await Stranger.start([index, dataset], { falterAfter: 31 })
    const task = { root, communityId: communityA, peers: [stingy.address], fetch: set.link, hold: true }
    const child = runCodexChild({ ...task, crashPoint: null })
    await child.line(({ step, done = 0 }) => step === 'progress' && done >= 30 * block)
    // What came is noted a twentieth of a second later, which no event tells of.
    await new Promise((resolve) => setTimeout(resolve, 500))
    child.kill()
    expect(await child.ended).toBe('SIGKILL')

    const generous = await Stranger.start([index, dataset])
    const member = await startEngine({ root })
    member.addPeers(communityA, [generous.address])
    const seen: number[] = []
    const file = await member.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => seen.push(done),
    })
    expect(await contents(file)).toEqual(bytesOf('0', length))
    expect(seen[0]).toBe(30 * block)
    const before = new Set(stingy.sent.slice(1))
    expect(generous.sent.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 61 }, (_, i) => i).filter((i) => !before.has(i)),
    )
  })
})
