/** What a transfer is doing, from its figures. Pure. */
import type { Transfer } from '../../../shared/domain.ts'

export type TransferState = 'downloading' | 'looking' | 'waiting' | 'failed' | 'seeding' | 'complete'

export function stateOf({ bytesDone, bytesTotal, seeding, peers, downloadRate, trouble }: Transfer): TransferState {
  const isWhole = bytesTotal > 0 && bytesDone >= bytesTotal
  if (isWhole) return seeding ? 'seeding' : 'complete'
  if (downloadRate > 0) return 'downloading'
  if (trouble !== '') return 'failed'
  if (bytesTotal === 0) return 'looking'
  return peers === 0 ? 'waiting' : 'downloading'
}

/** How many are fetching something: the number on the rail. */
export const active = (transfers: readonly Transfer[]): number =>
  transfers.filter((transfer) => stateOf(transfer) === 'downloading').length
