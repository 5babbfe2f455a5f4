import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Offers } from '../../../../src/main/distribution/codex/embedded/offers.ts'
import type { Presence } from '../../../../src/main/wire/index.ts'

const root = new Uint8Array(32).fill(1)
const has = (...ranges: [start: number, count: number][]): Presence[] => [
  { root, kind: 'ranges', ranges: ranges.map(([start, count]) => ({ start, count })), downloadId: 1n },
]
const anything = () => true

it('names the block that the fewest peers have, the first of several', () => {
  const offers = new Offers(root, 10)
  expect(offers.rarestOf('a', anything)).toBeNull()
  offers.note('a', has([0, 8]))
  expect(offers.rarestOf('a', anything)).toBe(0)
  offers.note('b', has([0, 3], [5, 1]))
  expect(offers.rarestOf('a', anything)).toBe(3)
  expect(offers.rarestOf('a', (index) => index !== 3 && index < 6)).toBe(4)
  expect(offers.rarestOf('b', anything)).toBe(0)
  offers.drop('a')
  expect(offers.rarestOf('a', anything)).toBeNull()
  expect(offers.rarestOf('b', (index) => index > 2)).toBe(5)
})

it('knows nothing of other trees, of blocks that there are not, and of peers that have all of them or none', () => {
  const offers = new Offers(root, 10)
  const [presence] = has([0, 10])
  if (presence === undefined) throw new Error('there is one')
  offers.note('a', [{ ...presence, root: new Uint8Array(32) }])
  offers.note('a', has([10, 4_000_000_000]))
  expect(offers.rarestOf('a', anything)).toBeNull()
  offers.note('a', has([8, 4_000_000_000]))
  expect(offers.rarestOf('a', anything)).toBe(8)
  for (const kind of ['complete', 'none'] as const) {
    offers.note('a', has([0, 1]))
    offers.note('a', [{ ...presence, kind }])
    expect(offers.rarestOf('a', anything)).toBeNull()
  }
})

it('is, whatever was said, a free block of that peer of which no other is rarer', () => {
  const said = fc.array(fc.uniqueArray(fc.nat(15), { maxLength: 16 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(said, fc.nat(65_535), (peers, free) => {
      const offers = new Offers(root, 16)
      for (const [peer, blocks] of peers.entries()) {
        offers.note(`${peer}`, has(...blocks.map((index): [number, number] => [index, 1])))
        offers.note(`${peer}`, has(...blocks.map((index): [number, number] => [index, 1])))
      }
      const isFree = (index: number) => ((free >> index) & 1) === 1
      const count = (index: number) => peers.filter((blocks) => blocks.includes(index)).length
      const rarest = [...(peers[0] ?? [])].filter(isFree).sort((a, b) => count(a) - count(b) || a - b)
      expect(offers.rarestOf('0', isFree)).toBe(rarest[0] ?? null)
    }),
    { numRuns: 100 },
  )
})
