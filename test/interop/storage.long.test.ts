/**
 * Nodes of Codex and Logos Storage by their REST interface, in both generations. There is no such program for this
 * machine; test/support/fake-storage-node.ts plays it from its documents, sharing no code with ours.
 */
import { describe, expect } from 'vitest'
import { neighbourhood } from '../support/external-engines.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../support/torrent.ts'
import { contents } from '../support/torrent-engines.ts'
import { meetings } from './support/matrix.ts'

const meet = meetings('Codex and Logos Storage')
const lengths = [5_000, 65_536, 300_000]

describe('a history goes from node to node', () => {
  for (const [flavour, format, name] of [
    ['storage', 'v0', 'Logos Storage'],
    ['storage', 'storage03', 'Logos Storage 0.3'],
    ['codex', 'codex', 'Codex'],
  ] as const) {
    const stranger = { name: `${name} (played)`, version: `/api/${flavour}/v1`, missing: null }
    meet(stranger, { direction: 'both ways', what: 'archives and their index, published and fetched' }, async () => {
      const node = neighbourhood({ flavour, format })
      const [owner, member] = [await node(), await node()]
      const staging = temporaryFolder()
      const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
      const set = await owner.engine.publish(communityA, null, staged, plainCodec)
      expect(await plainCodec.decode(await member.engine.openIndex(communityA, set.link))).toEqual(set.entries)
      for (const [week, entry] of set.entries.entries()) {
        const bytes = await contents(await member.engine.fetch(communityA, set.link, entry))
        expect(bytes.equals(bytesOf(`${week}`, lengths[week] ?? 0))).toBe(true)
      }
    })
  }
})
