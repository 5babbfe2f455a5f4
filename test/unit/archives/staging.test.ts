import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StagingWriter } from '../../../src/main/archives/staging.ts'
import { type ArchiveRecord, encodeArchive, MAX_ARCHIVE_WEIGHT, splitByWeight } from '../../../src/main/wire/index.ts'
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
const writer = () => new StagingWriter({ folder, name: '7', ...metadata })

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
    const nothing = new StagingWriter({ folder, name: '8', ...metadata })
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
})
