/** Which pieces of a transfer are here: a cell for each stretch, filled from below. The words beside it say how many. */
import type { PieceMap } from '../../../shared/domain.ts'
import { count } from '../../lib/format.ts'

interface PieceBarProps {
  readonly pieces: PieceMap
  /** What a piece is called: BitTorrent has pieces, Codex blocks. */
  readonly unit: string
}

export function PieceBar({ pieces: { total, here, parts }, unit }: PieceBarProps) {
  return (
    <div
      role="img"
      aria-label={`${count(here)} of ${count(total)} ${unit} are here${here > 0 && here < total ? `: ${stretches(parts)}` : ''}`}
      className="flex h-3 gap-px"
    >
      {parts.map(cell).map(({ at, share }) => (
        <span
          key={at}
          className={`grid min-w-0 flex-1 items-end overflow-hidden rounded-[2px] border forced-colors:border-[CanvasText] ${share === 100 ? 'border-week-imported' : share > 0 ? 'border-week-downloading' : 'border-week-missing/50'}`}
        >
          <span
            className={`forced-colors:bg-[CanvasText] ${share === 100 ? 'bg-week-imported' : 'bg-week-downloading'}`}
            style={{ height: `${share}%` }}
          />
        </span>
      ))}
    </div>
  )
}

/** A cell is known by its place. */
const cell = (share: number, at: number) => ({ at, share })

/** "from 0 to 35 %, from 60 to 100 %": where whole stretches lie. */
function stretches(parts: readonly number[]): string {
  const found: string[] = []
  let begin: number | null = null
  const per = (part: number) => Math.round((100 * part) / parts.length)
  for (let at = 0; at <= parts.length; at++) {
    const isHere = parts[at] === 100
    if (isHere && begin === null) begin = at
    if (!isHere && begin !== null) {
      found.push(`from ${per(begin)} to ${per(at)} %`)
      begin = null
    }
  }
  return found.length === 0 ? 'nothing in one stretch' : found.slice(0, 5).join(', ')
}
