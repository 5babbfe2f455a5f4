/** What the two repositories of archives share: index entries as columns, and topics as bytes. */
import type { ArchiveId, EngineKind, Seconds, Topic4 } from '../../shared/domain.ts'
import type { SqlValue } from './repository.ts'

/** An index entry; the same shape as the `ArchiveEntry` of the distribution engines. */
export interface StoredEntry {
  readonly id: ArchiveId
  readonly from: Seconds
  readonly to: Seconds
  readonly topics: readonly Topic4[]
  readonly locator:
    | { readonly kind: 'torrent'; readonly offset: number; readonly size: number; readonly padding: number }
    | { readonly kind: 'codex'; readonly cid: string }
}

export interface EntryRow {
  readonly id: ArchiveId
  readonly engine: EngineKind
  readonly from_s: Seconds
  readonly to_s: Seconds
  readonly topics: Uint8Array
  readonly offset: number | null
  readonly size: number | null
  readonly padding: number | null
  readonly cid: string | null
}

export const ENTRY_COLUMNS = 'id, engine, from_s, to_s, topics, offset, size, padding, cid'

/** 4 bytes for each topic, in their order. */
export function packTopics(topics: readonly Topic4[]): Uint8Array {
  return Buffer.from(topics.join(''), 'hex')
}

export function unpackTopics(bytes: Uint8Array): Topic4[] {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return Array.from({ length: hex.length / 8 }, (_, i) => hex.slice(i * 8, i * 8 + 8) as Topic4)
}

/** Values for ENTRY_COLUMNS. */
export function entryValues(entry: StoredEntry): SqlValue[] {
  const { id, from, to, topics, locator } = entry
  const place =
    locator.kind === 'torrent' ? [locator.offset, locator.size, locator.padding, null] : [null, null, null, locator.cid]
  return [id, locator.kind, from, to, packTopics(topics), ...place]
}

export function entryOf(row: EntryRow): StoredEntry {
  return {
    id: row.id,
    from: row.from_s,
    to: row.to_s,
    topics: unpackTopics(row.topics),
    locator:
      row.engine === 'torrent'
        ? { kind: 'torrent', offset: row.offset ?? 0, size: row.size ?? 0, padding: row.padding ?? 0 }
        : { kind: 'codex', cid: row.cid ?? '' },
  }
}

/** Bytes of the archive itself, as far as its entry tells: codex does not. */
export function entryBytes(entry: StoredEntry): number {
  return entry.locator.kind === 'torrent' ? entry.locator.size - entry.locator.padding : 0
}

/** A column of JSON written by this app: an object of counts. */
export function countsOf(json: string): Record<string, number> {
  const value: unknown = JSON.parse(json)
  const counts: Record<string, number> = {}
  for (const [name, count] of Object.entries(value ?? {})) if (typeof count === 'number') counts[name] = count
  return counts
}
