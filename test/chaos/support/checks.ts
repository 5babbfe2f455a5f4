/** What must hold of a node that was killed, started again and let finish. RULES.md R8.2. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { linkIdentity } from '../../../src/main/archives/announced-links.ts'
import { indexCodec } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import type { ArchiveEntry, ArchiveFile, DistributionEngine } from '../../../src/main/distribution/index.ts'
import { interpret } from '../../../src/main/messages/index.ts'
import { openStoreInThread } from '../../../src/main/store/index.ts'
import {
  type ArchiveRecord,
  decodeArchive,
  magnetLink,
  openSymmetric,
  parseContentTopic,
  topicBytesOf,
  wakuMessageHash,
} from '../../../src/main/wire/index.ts'
import type { ArchiveLink, EngineKind, Seconds } from '../../../src/shared/domain.ts'
import { messagesOn, SAID } from '../../support/folder-network.ts'
import {
  contextOf,
  databaseOf,
  engineFolderOf,
  engineIn,
  keyOf,
  stagingOf,
  universal,
} from '../../support/history-rooms.ts'
import { hashOf, type Said } from '../../support/history-said.ts'
import { communityId } from '../../support/people.ts'
import type { NodeTask } from './node-task.ts'

/** Publications of an owner that stay fetchable: the newest, and the one before it. */
const KEPT = 2

export interface Announced {
  /** ms */
  readonly clock: number
  /** An info-hash, or a CID. */
  readonly identity: string
  readonly kind: EngineKind
  readonly peers: readonly string[]
  /** The message's name on its shelf. */
  readonly at: bigint
}

/** Every announcement that reached the network, oldest publication first. */
export async function announcements(network: string, shelf: string = SAID): Promise<Announced[]> {
  const key = await keyOf(universal)
  const found = messagesOn(network, shelf).flatMap((message): Announced[] => {
    const { data, padding, sig } = openSymmetric(message.payload, key)
    const record = {
      hash: wakuMessageHash(message),
      sig,
      timestamp: Number(message.timestamp / 1_000_000_000n) as Seconds,
      topic: parseContentTopic(message.contentTopic).bytes,
      payload: data,
      padding,
      thirdPartyId: '',
    }
    const result = interpret(record, contextOf('store', false))
    if (result.kind !== 'control' || result.control.type !== 'archive-link') return []
    const { clock, link, engine: kind, peers } = result.control.message
    return [{ clock, identity: linkIdentity(kind, link), kind, peers, at: message.timestamp }]
  })
  return found.sort((a, b) => a.clock - b.clock)
}

/** What was announced is still there, byte for byte, and the newest of it holds everything said exactly once. */
export async function checkServed(network: string, addresses: readonly string[], said: readonly Said[]): Promise<void> {
  const publications = new Map<number, Announced>()
  for (const one of await announcements(network)) {
    // R3.1: one publication has one clock, however often it is announced.
    expect(publications.get(one.clock)?.identity ?? one.identity).toBe(one.identity)
    publications.set(one.clock, one)
  }
  const links = [...publications.values()]
  expect(new Set(links.map(({ identity }) => identity)).size).toBe(links.length)
  expect(links.length).toBeGreaterThan(0)
  for (const [age, link] of links.toReversed().slice(0, KEPT).entries())
    await checkLink(link, addresses, said, { complete: age === 0 })
}

/** Everything behind a link, brought by an engine that has none of it from these addresses alone. */
export async function checkLink(
  { identity, kind }: Pick<Announced, 'identity' | 'kind'>,
  addresses: readonly string[],
  said: readonly Said[],
  { complete }: { readonly complete: boolean },
): Promise<void> {
  const expected = new Map(said.map((one) => [hashOf(one), one]))
  const link = kind === 'torrent' ? magnetLink({ infoHash: identity, name: communityId }) : (identity as ArchiveLink)
  await withFreshEngine(kind, async (engine) => {
    engine.addPeers(communityId, addresses)
    const entries = await indexCodec(kind).decode(await engine.openIndex(communityId, link, { timeout: 10_000 }))
    if (kind === 'torrent') checkTiles(entries)
    for (const entry of entries) {
      const file = await engine.fetch(communityId, link, entry, { timeout: 10_000 })
      const { metadata, records } = decodeArchive(await readRange(file))
      expect(metadata).toMatchObject({ from: entry.from, to: entry.to })
      expect(records.length).toBeGreaterThan(0)
      for (const record of records) takeFrom(expected, record)
    }
  })
  if (complete) expect([...expected.values()].map(({ text }) => text)).toEqual([])
}

/** No byte of `data` that no entry refers to, and none that two do. */
function checkTiles(entries: readonly ArchiveEntry[]): void {
  const ranges = entries.flatMap(({ locator }) => (locator.kind === 'torrent' ? [locator] : []))
  let end = 0
  for (const { offset, size } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    expect(offset).toBe(end)
    end += size
  }
}

/** Each record once, as it was said. */
function takeFrom(expected: Map<string, Said>, record: ArchiveRecord): void {
  const hash = Buffer.from(record.hash).toString('hex')
  const one = expected.get(hash)
  expect(one, `a record that was never said, or is archived twice: ${hash}`).toBeDefined()
  if (one === undefined) return
  expected.delete(hash)
  for (const field of ['sig', 'topic', 'payload', 'padding'] as const)
    expect(Buffer.compare(record[field], one.record[field]), `${field} of ${one.text}`).toBe(0)
  expect(record.timestamp).toBe(one.record.timestamp)
  expect(record.topic).toEqual(topicBytesOf(universal))
}

/** The owner's rows and files, after an orderly stop. */
export function checkOwnerAtRest({ folder, network, kind }: NodeTask, said: readonly Said[]): void {
  const db = new Database(databaseOf(folder), { readonly: true })
  try {
    const all = <T>(sql: string) => db.prepare<[], T>(sql).all()
    expect(all('SELECT DISTINCT state FROM archive_partitions')).toEqual([{ state: 'published' }])
    expect(all('SELECT sum(records) AS n FROM archive_partitions')).toEqual([{ n: said.length }])
    expect(all('SELECT sum(messages) AS n FROM archive_parts')).toEqual([{ n: said.length }])
    expect(all('SELECT count(*) AS n FROM raw_records WHERE archivable = 1')).toEqual([{ n: said.length }])
    expect(all('SELECT count(*) AS n FROM raw_records WHERE archivable = 1 AND partition_id IS NULL')).toEqual([
      { n: 0 },
    ])
    expect(all('SELECT count(*) AS n FROM messages')).toEqual([{ n: said.length }])
    expect(all('SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL')).toEqual([{ n: 0 }])
    // Whatever counts as sent was sent.
    const [sent] = all<{ n: number }>('SELECT count(*) AS n FROM outbox')
    expect(messagesOn(network, SAID).length).toBeGreaterThanOrEqual(sent?.n ?? 0)
    expect(all('SELECT part_id FROM archive_entries GROUP BY part_id HAVING count(*) > 1')).toEqual([])
    const named = all<{ file: string; bytes: number }>('SELECT file, bytes FROM archive_parts WHERE file IS NOT NULL')
    expect(named.filter(({ file, bytes }) => !existsSync(file) || statSync(file).size !== bytes)).toEqual([])
    const staging = join(stagingOf(folder), communityId)
    const files = existsSync(staging) ? readdirSync(staging).map((name) => join(staging, name)) : []
    expect(files.filter((file) => !named.some((one) => one.file === file))).toEqual([])
  } finally {
    db.close()
  }
  checkEngineAtRest(kind, folder)
}

/** The member's history is what was said, and nothing of it is there twice. */
export async function checkMemberAtRest({ folder, kind }: NodeTask, said: readonly Said[]): Promise<void> {
  const store = await openStoreInThread(databaseOf(folder), systemClock)
  try {
    const history = await store.messages.history({ communityId, limit: said.length + 100 })
    const line = ({ id, chatId, author, timestamp, text }: (typeof history)[number] | Said) =>
      [id, chatId, author, timestamp, text].join(' ')
    expect(history.map(line).toSorted()).toEqual(said.map(line).toSorted())
    const rows = await store.downloads.archives(communityId)
    expect(rows.filter(({ state, refused }) => state !== 'imported' || Object.keys(refused).length > 0)).toEqual([])
    expect(rows.reduce((sum, { messages }) => sum + messages, 0)).toBe(said.length)
    const [newest, ...older] = await store.downloads.links(communityId)
    expect(newest?.state).toBe('done')
    // One before it may be left; it goes when the next is done.
    expect(older.length).toBeLessThan(KEPT)
  } finally {
    await store.close()
  }
  checkEngineAtRest(kind, folder)
}

/** No draft, and no heap of what nobody needs any more. */
function checkEngineAtRest(kind: EngineKind, folder: string): void {
  const root = engineFolderOf(kind, folder)
  if (kind === 'codex') {
    expect(readdirSync(join(root, 'incoming'))).toEqual([])
    return
  }
  const names = readdirSync(join(root, communityId))
  expect(names.filter((name) => !/^\d+$/.test(name))).toEqual([])
  expect(names.length).toBeLessThanOrEqual(KEPT + 1)
}

async function withFreshEngine(kind: EngineKind, work: (engine: DistributionEngine) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-fresh-'))
  const engine = engineIn(kind, folder)
  try {
    await engine.start()
    await work(engine)
  } finally {
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function readRange({ path, offset, length }: ArchiveFile): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(length)
    await file.read(bytes, 0, length, offset)
    return bytes
  } finally {
    await file.close()
  }
}
