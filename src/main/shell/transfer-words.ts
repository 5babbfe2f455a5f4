/** What moves, in a line: for the tray, where there is no room for more. Pure. */
import type { Transfer } from '../../shared/domain.ts'

export function transferWords(transfers: readonly Transfer[]): string {
  const coming = transfers.filter(({ seeding }) => !seeding)
  const given = transfers.length - coming.length
  const parts: string[] = []
  if (coming.length > 0) {
    const done = coming.reduce((sum, { bytesDone }) => sum + bytesDone, 0)
    const total = coming.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0)
    const share = total > 0 ? ` ${Math.min(99, Math.floor((100 * done) / total))} %` : ''
    parts.push(`Fetching ${coming.length}${share}, ${rate(coming, 'downloadRate')}`)
  }
  if (given > 0) parts.push(`Sharing ${given}, ${rate(transfers, 'uploadRate')}`)
  return parts.length > 0 ? parts.join(' · ') : 'Nothing is transferred'
}

function rate(transfers: readonly Transfer[], direction: 'downloadRate' | 'uploadRate'): string {
  const bytes = transfers.reduce((sum, transfer) => sum + transfer[direction], 0)
  if (bytes < 1000) return `${Math.round(bytes)} B/s`
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB/s` : `${(bytes / 1e6).toFixed(1)} MB/s`
}
