import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noPieces, pieceMap } from '../../../src/main/distribution/piece-map.ts'
import { PieceSet } from '../../../src/main/distribution/torrent/piece-set.ts'

const setOf = (length: number, ...here: number[]): PieceSet => {
  const set = new PieceSet(length)
  for (const piece of here) set.add(piece)
  return set
}

describe('a map of pieces', () => {
  it.each([
    ['nothing', [], noPieces],
    ['pieces of which none is here', [setOf(3)], { total: 3, here: 0, parts: [0, 0, 0] }],
    ['all of two sets', [PieceSet.full(1), PieceSet.full(2)], { total: 3, here: 3, parts: [100, 100, 100] }],
    ['one set after the other', [setOf(2, 1), setOf(2, 0)], { total: 4, here: 2, parts: [0, 100, 100, 0] }],
  ])('of %s', (_name, sets, expected) => expect(pieceMap(sets)).toEqual(expected))

  it('has 60 stretches at most, and says of none that it is whole while a piece of it lacks', () => {
    const almost = PieceSet.full(6_000)
    almost.delete(5_999)
    const { parts } = pieceMap([almost])
    expect(parts).toHaveLength(60)
    expect(parts).toEqual([...Array<number>(59).fill(100), 99])
  })

  it('counts every piece once, whatever the sets', () => {
    const sets = fc.array(fc.array(fc.boolean(), { maxLength: 200 }), { maxLength: 6 })
    fc.assert(
      fc.property(sets, (all) => {
        const made = all.map((bits) => setOf(bits.length, ...bits.flatMap((here, piece) => (here ? [piece] : []))))
        const { total, here, parts } = pieceMap(made)
        const row = all.flat()
        expect([total, here]).toEqual([row.length, row.filter(Boolean).length])
        const stretchOf = (piece: number) => Math.floor((piece * parts.length) / total)
        for (const [part, share] of parts.entries()) {
          const inside = row.filter((_one, piece) => stretchOf(piece) === part)
          expect(share).toBe(Math.floor((100 * inside.filter(Boolean).length) / inside.length))
        }
      }),
    )
  })
})
