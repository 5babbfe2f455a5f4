/** Limits of both engines, changed while they run: bytes that moved, and the time they took, measured on loopback. */
import { describe, expect, it } from 'vitest'
import type { DistributionEngine, PublishedSet } from '../../../src/main/distribution/engine.ts'
import * as codex from '../../support/codex-engines.ts'
import { communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import * as torrent from '../../support/torrent-engines.ts'

const kinds = { torrent: torrent.startEngine, codex: codex.startEngine } as const
const size = 15 * 102_400
/** bytes/s: the archive takes two seconds. */
const rate = size / 2

async function scene(kind: keyof typeof kinds) {
  const start: () => Promise<DistributionEngine> = kinds[kind]
  const [owner, member] = [await start(), await start()]
  const folder = temporaryFolder()
  const staged = await Promise.all([0, 1, 2].map((week) => stage(folder, week, size - 7)))
  const set = await owner.publish(communityA, null, staged, plainCodec)
  member.addPeers(communityA, owner.status().addresses)
  await member.openIndex(communityA, set.link)
  return { owner, member, set }
}

async function timed(member: DistributionEngine, set: PublishedSet, at: number): Promise<number> {
  const began = performance.now()
  const entry = set.entries[at]
  if (entry === undefined) throw new Error('no such entry')
  await member.fetch(communityA, set.link, entry)
  return performance.now() - began
}

describe.each(['torrent', 'codex'] as const)('the limits of the %s engine', (kind) => {
  it('hold for what is taken and for what is given, from the moment they are set until they are lifted', async () => {
    const { owner, member, set } = await scene(kind)
    member.limit({ download: rate, upload: null })
    expect(await timed(member, set, 0)).toBeGreaterThan(1000)
    member.limit({ download: null, upload: null })
    owner.limit({ download: null, upload: rate })
    expect(await timed(member, set, 1)).toBeGreaterThan(1000)
    owner.limit({ download: null, upload: null })
    const free = timed(member, set, 2)
    await expect(free).resolves.toBeLessThan(30_000)
  })
})
