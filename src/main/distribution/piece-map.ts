/** How much of a transfer's pieces is here, small enough to be told several times a second however many there are. */
import type { PieceMap } from '../../shared/domain.ts'
import type { PieceSet } from './torrent/piece-set.ts'

/** Stretches that are told apart. */
const stretches = 60

export const noPieces: PieceMap = { total: 0, here: 0, parts: [] }

/** Sets one after the other: the blocks of all datasets of a link are one long row. */
export function pieceMap(sets: readonly Pick<PieceSet, 'length' | 'count' | 'has'>[]): PieceMap {
  const total = sets.reduce((sum, { length }) => sum + length, 0)
  const here = sets.reduce((sum, { count }) => sum + count, 0)
  const parts = Math.min(stretches, total)
  if (here === total || here === 0) return { total, here, parts: Array<number>(parts).fill(here === 0 ? 0 : 100) }
  const found = Array<number>(parts).fill(0)
  const of = (piece: number) => Math.floor((piece * parts) / total)
  let first = 0
  for (const set of sets) {
    for (let piece = 0; set.count > 0 && piece < set.length; piece += 1)
      if (set.has(piece)) found[of(first + piece)] = (found[of(first + piece)] ?? 0) + 1
    first += set.length
  }
  // Stretch n begins with the first piece that falls into it.
  const begins = (part: number) => Math.ceil((part * total) / parts)
  return {
    total,
    here,
    parts: found.map((count, part) => Math.floor((100 * count) / (begins(part + 1) - begins(part)))),
  }
}
