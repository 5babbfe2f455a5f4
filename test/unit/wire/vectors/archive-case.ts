/** Builds what an archive case asks for, with nothing but the public codecs. */
import {
  type ArchiveEntry,
  type ArchiveMetadata,
  type ArchiveRecord,
  bytesToHex,
  concatBytes,
  encodeArchive,
  encodeIndex,
  hexToBytes,
  indexEntryId,
  paddedSize,
  parseContentTopic,
  partitions,
  publicKey,
  splitByWeight,
} from '../../../../src/main/wire/index.ts'
import type { Seconds, Topic4 } from '../../../../src/shared/domain.ts'
import type { ArchiveCase } from './file.ts'
import { bytesOf } from './forms.ts'

export interface BuiltArchive {
  readonly entry: ArchiveEntry
  readonly metadata: ArchiveMetadata
  readonly records: readonly ArchiveRecord[]
  readonly bytes: Uint8Array
  readonly dropped: number
}

export interface BuiltCase {
  /** Of this run alone. */
  readonly archives: readonly BuiltArchive[]
  /** Of all runs. */
  readonly entries: readonly ArchiveEntry[]
  readonly data: Uint8Array
  /** Null if there are no archives. */
  readonly index: Uint8Array | null
  readonly end: number
}

const NOTHING: BuiltCase = { archives: [], entries: [], data: new Uint8Array(0), index: null, end: 0 }

export function buildCase(cases: readonly ArchiveCase[], name: string): BuiltCase {
  const vector = cases.find((one) => one.name === name)
  if (!vector) throw new Error(`the vectors have no archive case called ${name}`)
  const { appendTo, topics: listed, start, end, partition, messages } = vector.input
  const before = appendTo === null ? NOTHING : buildCase(cases, appendTo)
  const topics = listed.map(topic4)
  const records = messages.map(recordOf)
  const archives: BuiltArchive[] = []
  let offset = before.data.length
  let reached = start
  for (const { from, to } of partitions(start as Seconds, end as Seconds, partition)) {
    reached = to
    const own = records.filter(({ timestamp, topic }) => {
      return timestamp >= from && timestamp < to && topics.includes(bytesToHex(topic) as Topic4)
    })
    let dropped = 0
    const chunks = [...splitByWeight(own, () => dropped++)]
    for (const chunk of chunks) {
      const metadata = { from, to, topics }
      const bytes = encodeArchive(metadata, chunk)
      const locator = { kind: 'torrent' as const, offset, ...paddedSize(bytes.length) }
      const entry = { ...metadata, locator, id: indexEntryId({ ...metadata, locator }) }
      archives.push({ entry, metadata, records: chunk, bytes, dropped })
      offset += locator.size
    }
  }
  const data = new Uint8Array(offset)
  data.set(before.data)
  for (const { entry, bytes } of archives) if (entry.locator.kind === 'torrent') data.set(bytes, entry.locator.offset)
  const entries = [...before.entries, ...archives.map(({ entry }) => entry)]
  return { archives, entries, data, index: entries.length > 0 ? encodeIndex(entries) : null, end: reached }
}

export function piecesOf(data: Uint8Array, index: Uint8Array, length: number, hash: (piece: Uint8Array) => Uint8Array) {
  const whole = concatBytes(data, index)
  const hashes: Uint8Array[] = []
  for (let at = 0; at < whole.length; at += length) hashes.push(hash(whole.subarray(at, at + length)))
  return hashes
}

function recordOf(message: ArchiveCase['input']['messages'][number]): ArchiveRecord {
  return {
    sig: publicKey(hexToBytes(message.sigPriv)),
    timestamp: message.timestamp as Seconds,
    topic: hexToBytes(message.topic),
    payload: bytesOf(message.payload),
    padding: bytesOf(message.padding),
    hash: hexToBytes(message.hash),
    thirdPartyId: message.thirdPartyId,
  }
}

function topic4(digits: string): Topic4 {
  return parseContentTopic(`/waku/1/0x${digits}/rfc26`).topic4
}
