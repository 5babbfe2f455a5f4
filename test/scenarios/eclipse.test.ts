/** A member whom a hundred peers surround who give nothing, or garbage, while one honest peer is known. */
import { afterEach, describe, expect, it } from 'vitest'
import type { ArchiveLink } from '../../src/shared/domain.ts'
import { type Crowd, hostileCrowd, type Malice } from '../support/hostile-peers.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../support/torrent.ts'
import { contents, heldWorkers, startEngine } from '../support/torrent-engines.ts'

const piece = 102_400
let crowd: Crowd | null = null
afterEach(() => crowd?.close())

function malices(...kinds: readonly Malice[]): Malice[] {
  return Array.from({ length: 100 }, (_, n) => kinds[n % kinds.length] ?? 'mute')
}

describe('a hundred hostile peers around a member', () => {
  it.each([
    ['say nothing', ['mute']],
    ['claim everything and give nothing', ['idle']],
    ['give garbage', ['liar']],
    ['do each their part', ['mute', 'idle', 'liar']],
  ] as const)('that %s do not keep it from the one honest peer', async (_how, kinds) => {
    const { spawn, workers } = heldWorkers()
    const owner = await startEngine()
    const member = await startEngine({ spawn, discovery: { pex: true } })
    const staging = temporaryFolder()
    const lengths = [10 * piece, 3 * piece - 7, 5 * piece]
    const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
    const set = await owner.publish(communityA, null, staged, plainCodec)
    const [honest = ''] = owner.status().addresses
    crowd = await hostileCrowd(/btih:([0-9a-f]{40})/.exec(set.link)?.[1] ?? '', malices(...kinds))
    const { addresses } = crowd
    // The honest one is no better known than they are.
    member.addPeers(communityA, [...addresses.slice(0, 30), honest, ...addresses.slice(30, 60)])
    crowd.besiege(Number(member.status().addresses[0]?.split(':')[1]))
    const link = set.link.replace(/&x\.pe=[^&]*/g, '') as ArchiveLink
    expect(await plainCodec.decode(await member.openIndex(communityA, link))).toEqual(set.entries)
    expect(crowd.open()).toBeGreaterThan(60)
    for (const [week, entry] of set.entries.entries()) {
      const bytes = await contents(await member.fetch(communityA, link, entry))
      expect(bytes.equals(bytesOf(`${week}`, lengths[week] ?? 0))).toBe(true)
    }
    expect(workers).toHaveLength(1)
  })
})
