/**
 * A distribution engine whose swarm is a folder: what one engine publishes and seeds, all others with the same folder
 * can fetch. Same inputs, same links; so it also works across processes and after kills. Tests bend it by `trouble`.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ArchiveEntry,
  type ArchiveFile,
  type DistributionEngine,
  EngineError,
  type EngineStatus,
  type HeldSet,
  type IndexCodec,
  type PublishedSet,
  type StagedArchive,
  type TaskOptions,
} from '../../../../src/main/distribution/engine.ts'
import { base58Encode } from '../../../../src/main/wire/base58.ts'
import { magnetLink, paddedSize, parseMagnet } from '../../../../src/main/wire/index.ts'
import type { ArchiveLink, CommunityId, EngineKind } from '../../../../src/shared/domain.ts'

export interface Trouble {
  /** Thrown by the next calls of a method, in order. */
  readonly fail: { [K in 'publish' | 'openIndex' | 'fetch' | 'seed']?: Error[] }
  /** Changes what an index looks like to those who open it. */
  index?: (bytes: Uint8Array) => Uint8Array
  /** Changes an archive's bytes on their way to disk. */
  archive?: (entry: ArchiveEntry, bytes: Uint8Array) => Uint8Array
  /** Awaited before every fetch and every index. */
  before?: (entry: ArchiveEntry | null) => Promise<void>
}

const sha = (algorithm: string, ...parts: Uint8Array[]) => {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export class FakeEngine implements DistributionEngine {
  readonly kind: EngineKind
  readonly name: string
  readonly #swarm: string
  readonly #disk: string
  readonly trouble: Trouble = { fail: {} }
  readonly hints: string[] = []
  readonly #published: ArchiveLink[] = []
  readonly calls: string[] = []
  /** Archive ids whose bytes were brought, in order. */
  readonly fetched: string[] = []
  #running = true

  constructor(kind: EngineKind, name: string, folders: { swarm: string; disk: string }) {
    this.kind = kind
    this.name = name
    this.#swarm = join(folders.swarm, kind)
    this.#disk = join(folders.disk, kind)
    mkdirSync(this.#swarm, { recursive: true })
    mkdirSync(this.#disk, { recursive: true })
  }

  async start(): Promise<void> {
    this.#running = true
  }
  async stop(): Promise<void> {
    this.#running = false
  }

  async publish(
    communityId: CommunityId,
    previous: PublishedSet | null,
    staged: readonly StagedArchive[],
    codec: IndexCodec,
  ): Promise<PublishedSet> {
    this.calls.push(`publish ${staged.length}`)
    this.#maybeFail('publish')
    if (staged.length === 0) {
      if (previous === null) throw new EngineError('unsupported', 'nothing to publish')
      return previous
    }
    const before = previous === null ? new Uint8Array() : this.#read(previous.link, 'data')
    const parts: Uint8Array[] = [before.subarray(0, previous?.committedBytes ?? 0)]
    let end = previous?.committedBytes ?? 0
    const fresh: ArchiveEntry[] = []
    for (const { file, bytes, from, to, topics } of staged) {
      const raw = readFileSync(file)
      if (raw.length !== bytes) throw new EngineError('corrupt', 'a staged archive has another length')
      const { size, padding } = paddedSize(bytes)
      const locator =
        this.kind === 'torrent'
          ? ({ kind: 'torrent', offset: end, size, padding } as const)
          : ({ kind: 'codex', cid: manifestCid(raw) } as const)
      fresh.push({ id: codec.identify({ from, to, topics, locator }), from, to, topics, locator })
      if (this.kind === 'codex') writeFileSync(join(this.#swarm, manifestCid(raw)), raw)
      parts.push(raw, new Uint8Array(padding))
      end += size
    }
    const entries = [...(previous?.entries ?? []), ...fresh]
    const index = await codec.encode(entries)
    const data = Buffer.concat(parts)
    const link =
      this.kind === 'torrent'
        ? magnetLink({ infoHash: sha('sha1', data, index).toString('hex'), name: communityId })
        : (manifestCid(index) as ArchiveLink)
    this.#put(link, { data, index })
    if (!this.#published.includes(link)) this.#published.push(link)
    return { link, entries, committedBytes: this.kind === 'torrent' ? end : 0 }
  }

  async openIndex(_communityId: CommunityId, link: ArchiveLink, options: TaskOptions = {}): Promise<Uint8Array> {
    this.calls.push('openIndex')
    await this.#ready(null, options)
    this.#maybeFail('openIndex')
    if (!this.#isSeeded(link)) throw new EngineError('timeout', 'nobody has the index')
    const index = new Uint8Array(this.#read(link, 'index'))
    return this.trouble.index?.(index) ?? index
  }

  async fetch(
    _communityId: CommunityId,
    link: ArchiveLink,
    entry: ArchiveEntry,
    options: TaskOptions = {},
  ): Promise<ArchiveFile> {
    this.calls.push(`fetch ${entry.id}`)
    await this.#ready(entry, options)
    const path = join(this.#disk, entry.id)
    if (existsSync(path)) return { path, offset: 0, length: readFileSync(path).length }
    this.#maybeFail('fetch')
    if (!this.#isSeeded(link)) throw new EngineError('timeout', 'nobody has the archive')
    const { locator } = entry
    const raw =
      locator.kind === 'torrent'
        ? this.#read(link, 'data').subarray(locator.offset, locator.offset + locator.size - locator.padding)
        : readFileSync(join(this.#swarm, locator.cid))
    const bytes = this.trouble.archive?.(entry, new Uint8Array(raw)) ?? raw
    writeFileSync(path, bytes)
    this.fetched.push(entry.id)
    return { path, offset: 0, length: bytes.length }
  }

  async seed(_communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    this.calls.push(on ? 'seed' : 'unseed')
    if (on) this.#maybeFail('seed')
    const mark = join(this.#folder(link), `seeded-by-${this.name}`)
    if (on && !existsSync(this.#folder(link))) throw new EngineError('not-found', 'nothing of this link is here')
    if (on) writeFileSync(mark, '')
    else rmSync(mark, { force: true })
  }

  async held(_communityId: CommunityId): Promise<readonly HeldSet[]> {
    return this.#published.map((link) => ({ link, made: true, whole: true }))
  }

  addPeers(_communityId: CommunityId, hints: readonly string[]): void {
    this.hints.push(...hints)
  }

  async remove(_communityId: CommunityId, link: ArchiveLink): Promise<void> {
    this.calls.push('remove')
    rmSync(join(this.#folder(link), `seeded-by-${this.name}`), { force: true })
  }

  limit(): void {}

  async holders(_communityId: CommunityId, link: ArchiveLink, archives: readonly unknown[]): Promise<number[]> {
    const folder = this.#folder(link)
    const marks = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('seeded-by-')) : []
    return archives.map(() => marks.filter((name) => name !== `seeded-by-${this.name}`).length)
  }

  status(): EngineStatus {
    const state = this.#running ? 'running' : 'stopped'
    return { state, error: '', addresses: [], transfers: [], downloaded: 0, uploaded: 0, hashed: 0 }
  }

  on(): () => void {
    return () => {}
  }

  /** Whether anybody could fetch this link now. */
  isFetchable(link: ArchiveLink): boolean {
    return this.#isSeeded(link)
  }

  #folder(link: ArchiveLink): string {
    return join(this.#swarm, this.kind === 'torrent' ? parseMagnet(link).infoHash : `set-${link}`)
  }

  #put(link: ArchiveLink, { data, index }: { data: Uint8Array; index: Uint8Array }): void {
    const folder = this.#folder(link)
    if (existsSync(folder)) return
    const draft = `${folder}.draft`
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft)
    writeFileSync(join(draft, 'data'), data)
    writeFileSync(join(draft, 'index'), index)
    renameSync(draft, folder)
  }

  #read(link: ArchiveLink, name: 'data' | 'index'): Buffer {
    return readFileSync(join(this.#folder(link), name))
  }

  #isSeeded(link: ArchiveLink): boolean {
    const folder = this.#folder(link)
    return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('seeded-by-'))
  }

  async #ready(entry: ArchiveEntry | null, { signal }: TaskOptions): Promise<void> {
    const aborted = () => new EngineError('aborted', 'cancelled')
    if (signal?.aborted) throw aborted()
    const stop = new Promise<never>((_, reject) =>
      signal?.addEventListener('abort', () => reject(aborted()), { once: true }),
    )
    stop.catch(() => {})
    await Promise.race([this.trouble.before?.(entry) ?? Promise.resolve(), stop])
  }

  #maybeFail(method: 'publish' | 'openIndex' | 'fetch' | 'seed'): void {
    const error = this.trouble.fail[method]?.shift()
    if (error) throw error
  }
}

function manifestCid(bytes: Uint8Array): string {
  return `z${base58Encode(Buffer.concat([Buffer.from([0x01, 0x81, 0x9a, 0x03, 0x12, 0x20]), sha('sha256', bytes)]))}`
}
