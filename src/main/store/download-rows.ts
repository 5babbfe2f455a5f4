/** Rows of the member's archives as they are read: one archive, and what a member wants of a history. Pure. */
import type { ArchiveState, EngineKind, Seconds } from '../../shared/domain.ts'
import { countsOf, ENTRY_COLUMNS, type EntryRow, entryOf, type StoredEntry } from './archive-rows.ts'

/** `all`, only the newest partition, or a stretch of time. */
export type StoredWish =
  | { readonly kind: 'all' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'range'; readonly from: Seconds; readonly to: Seconds }

export interface DownloadRow {
  readonly engine: EngineKind
  readonly entry: StoredEntry
  readonly state: ArchiveState
  readonly reason: string
  readonly attempts: number
  readonly bytes: number
  readonly messages: number
  /** Messages of it that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

export interface Row extends EntryRow {
  readonly state: ArchiveState
  readonly reason: string
  readonly attempts: number
  readonly bytes: number
  readonly messages: number
  readonly refused: string
}

export const ROW = `${ENTRY_COLUMNS}, state, reason, attempts, bytes, messages, refused`
export const everything: StoredWish = { kind: 'all' }

export const downloadOf = (row: Row): DownloadRow => ({
  engine: row.engine,
  entry: entryOf(row),
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  bytes: row.bytes,
  messages: row.messages,
  refused: countsOf(row.refused),
})

export function textsOf(json: string): string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export function wishOf(json: string): StoredWish {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null || !('kind' in value)) return everything
  if (value.kind === 'latest') return { kind: 'latest' }
  if (value.kind !== 'range' || !('from' in value) || !('to' in value)) return everything
  const { from, to } = value
  if (typeof from !== 'number' || typeof to !== 'number') return everything
  return { kind: 'range', from: from as Seconds, to: to as Seconds }
}
