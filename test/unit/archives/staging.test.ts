import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StagingWriter } from '../../../src/main/archives/staging.ts'
import {
  type ArchiveRecord,
  encodeArchive,
  MAX_ARCHIVE_WEIGHT,
  openProtocol,
  openRatchet,
  splitByWeight,
} from '../../../src/main/wire/index.ts'
import type { Seconds, Topic4 } from '../../../src/shared/domain.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-staging-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const metadata = { from: 0 as Seconds, to: 9999 as Seconds, topics: ['ee8f0aa5' as Topic4, 'c09a9d22' as Topic4] }
const record = (n: number, bytes: number): ArchiveRecord => ({
  sig: new Uint8Array(65).fill(4),
  timestamp: n as Seconds,
  topic: new Uint8Array([0xc0, 0x9a, 0x9d, 0x22]),
  payload: new Uint8Array(bytes).fill(n),
  padding: new Uint8Array([n]),
  hash: new Uint8Array(32).fill(n),
  thirdPartyId: '',
})
const writer = () => new StagingWriter({ folder, name: '7', seals: null, ...metadata })

describe('staged archives', () => {
  it('are byte for byte what encoding the whole archive gives', () => {
    const records = Array.from({ length: 200 }, (_, n) => record(n, n * 40))
    const staging = writer()
    for (let i = 0; i < records.length; i += 7) staging.append(records.slice(i, i + 7))
    const { parts, dropped } = staging.finish()
    const whole = encodeArchive(metadata, records)
    expect(dropped).toBe(0)
    expect(parts).toEqual([{ file: join(folder, '7-0.archive'), bytes: whole.length, messages: 200 }])
    expect(Buffer.compare(readFileSync(parts[0]?.file ?? ''), whole)).toBe(0)
  })

  it('are split where their weight would pass 30,000,000, as the reference splits them', () => {
    const records = Array.from({ length: 34 }, (_, n) => record(n, 1_000_000 - 65))
    const staging = writer()
    for (const one of records) staging.append([one])
    const { parts } = staging.finish()
    const chunks = [...splitByWeight(records)]
    expect(parts.map(({ messages }) => messages)).toEqual([30, 4])
    for (const [i, chunk] of chunks.entries()) {
      expect(Buffer.compare(readFileSync(parts[i]?.file ?? ''), encodeArchive(metadata, chunk))).toBe(0)
    }
  })

  it('leave out what is too heavy for any archive, and say so', () => {
    const staging = writer()
    staging.append([record(1, MAX_ARCHIVE_WEIGHT), record(2, 10)])
    expect(staging.finish()).toMatchObject({ dropped: 1, parts: [{ messages: 1 }] })
    const nothing = new StagingWriter({ folder, name: '8', seals: null, ...metadata })
    nothing.append([record(1, MAX_ARCHIVE_WEIGHT)])
    expect(nothing.finish()).toEqual({ dropped: 1, parts: [] })
  })

  it('leave no file when they are given up', () => {
    const staging = writer()
    staging.append(Array.from({ length: 34 }, (_, n) => record(n, 1_000_000)))
    expect(readdirSync(folder).length).toBe(2)
    staging.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it('R6.1 of an encrypted community are sealed on their way to the disk, each with a place of its own', () => {
    const step = (seqNo: number) => ({
      groupId: new Uint8Array(33).fill(2),
      keyId: new Uint8Array(32).fill(3),
      deprecatedKeyId: 4,
      seqNo,
      messageKey: new Uint8Array(32).fill(seqNo),
    })
    const seals = [1, 2].map((seqNo) => ({ step: step(seqNo), nonce: new Uint8Array(12).fill(seqNo) }))
    const staging = new StagingWriter({ folder, name: '9', seals, ...metadata })
    const records = Array.from({ length: 34 }, (_, n) => record(n, 1_000_000 - 65))
    for (const one of records) staging.append([one])
    expect(staging.sealsLeft).toBe(0)
    const { parts } = staging.finish()
    expect(readdirSync(folder).sort()).toEqual(['9-0.archive', '9-1.archive'])
    for (const [i, chunk] of [...splitByWeight(records)].entries()) {
      const bytes = readFileSync(parts[i]?.file ?? '')
      expect(parts[i]?.bytes).toBe(bytes.length)
      const layer = openProtocol(bytes)
      if (layer.kind !== 'ratchet') throw new Error(layer.kind)
      expect(layer.seqNo).toBe(i + 1)
      const plain = openRatchet(layer, (_, seqNo) => new Uint8Array(32).fill(seqNo))
      expect(Buffer.compare(plain, encodeArchive(metadata, chunk))).toBe(0)
    }
  })
})
