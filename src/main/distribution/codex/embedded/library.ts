/**
 * Everything the engine keeps: `datasets/` with a flat file for each dataset, `incoming/` for files that are being
 * written, and the catalogue that says what they are (RULES.md R1.1 step 3). A file is on the disk, under its name,
 * before the catalogue speaks of it, and is deleted after the catalogue has forgotten it; whatever else lies there is
 * left over from a crash and goes at the next start.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommunityId } from '../../../../shared/domain.ts'
import { openOrSetAside } from '../../../set-aside.ts'
import {
  BlockTree,
  blockCount,
  bytesToHex,
  DatasetHasher,
  describeDataset,
  type Manifest,
  type ManifestFormat,
} from '../../../wire/index.ts'
import { crashPoint } from '../../../workers/crash-point.ts'
import { EngineError } from '../../engine.ts'
import { syncFolder } from '../../torrent/durable.ts'
import { Catalogue, type LinkRow } from './catalogue.ts'
import { Dataset } from './dataset.ts'
import { OpenFiles } from './open-files.ts'

/** Where a test may kill the process; each is passed as `NAME:before` and `NAME:after`. RULES.md R8.2. */
export const codexCrashPoints = ['codex.write', 'codex.rename', 'codex.store', 'codex.publish'] as const
export const codexFetchCrashPoints = ['codex.adopt', 'codex.progress', 'codex.sync', 'codex.complete'] as const

export interface StoreOptions {
  /** Whose draft holds it until it is published. */
  readonly community: CommunityId
  readonly filename: string
  readonly mimetype: string | null
  readonly format: ManifestFormat
  readonly signal?: AbortSignal | undefined
  /** bytes so far */
  readonly onBytes?: (count: number) => void
}

/** Files of datasets that are open at a time. */
const openAtMost = 8

export class Library {
  readonly root: string
  readonly catalogue: Catalogue
  readonly #loaded = new Map<string, Dataset>()
  readonly #open = new OpenFiles(openAtMost)

  private constructor(root: string, catalogue: Catalogue) {
    this.root = root
    this.catalogue = catalogue
  }

  /** Opens the folder and clears away what a crash left. */
  static async open(root: string): Promise<Library> {
    await mkdir(root, { recursive: true, mode: 0o700 })
    await rm(join(root, 'incoming'), { recursive: true, force: true })
    await mkdir(join(root, 'incoming'), { mode: 0o700 })
    const library = new Library(root, openCatalogue(root))
    try {
      await mkdir(join(root, 'datasets'), { recursive: true, mode: 0o700 })
      library.catalogue.reclaim()
      const known = new Set(library.catalogue.datasetKeys())
      for (const name of await readdir(join(root, 'datasets')))
        if (!known.has(name)) await rm(join(root, 'datasets', name), { recursive: true, force: true })
      return library
    } catch (error) {
      library.catalogue.close()
      throw error
    }
  }

  close(): void {
    for (const dataset of this.#loaded.values()) dataset.close()
    this.#loaded.clear()
    this.catalogue.close()
  }

  /** The dataset that a manifest describes; null if the manifest is not here. */
  datasetOf(cid: string): Dataset | null {
    const manifest = this.catalogue.manifest(cid)
    return manifest === null ? null : this.#load(manifest.dataset)
  }

  /** Datasets with this tree: more than one only if a manifest lies about its size. */
  datasetsOfRoot(root: Uint8Array): Dataset[] {
    return this.catalogue.keysOfRoot(root).flatMap((key) => this.#load(key) ?? [])
  }

  /** Makes room for a dataset of which nothing is here yet. Its manifest must have been checked. */
  adopt(cid: string, bytes: Uint8Array, manifest: Manifest): Dataset {
    const key = keyOf(manifest)
    const known = this.#load(key)
    const { root, size, blockSize } = manifest
    const row = { key, root, size, blockSize, ...nothingOf(blockCount(manifest)), complete: 0 }
    const dataset = known ?? new Dataset(row, this.#pathOf(key), this.#open)
    crashPoint('codex.adopt:before')
    if (known === null) dataset.create()
    this.catalogue.putDataset(row, { cid, bytes })
    crashPoint('codex.adopt:after')
    this.#loaded.set(key, dataset)
    return dataset
  }

  /** Notes the blocks that came since, so that nobody has to send them again after a crash. */
  noteProgress(dataset: Dataset): void {
    crashPoint('codex.progress:before')
    this.catalogue.noteProgress(dataset.row(false), false)
    crashPoint('codex.progress:after')
  }

  /** Every block is there: makes that durable. */
  async complete(dataset: Dataset): Promise<void> {
    crashPoint('codex.sync:before')
    await dataset.sync()
    crashPoint('codex.sync:after')
    await syncFolder(join(this.root, 'datasets'))
    crashPoint('codex.complete:before')
    this.catalogue.noteProgress(dataset.row(true), true)
    crashPoint('codex.complete:after')
  }

  /**
   * Takes bytes in as a dataset of our own, durable when this returns.
   * @throws EngineError `too-large`, WireError BAD_VALUE for no bytes
   */
  async store(
    source: AsyncIterable<Uint8Array>,
    { community, filename, mimetype, format, signal, onBytes }: StoreOptions,
  ): Promise<{ readonly cid: string; readonly size: number }> {
    const incoming = join(this.root, 'incoming', randomUUID())
    const hasher = new DatasetHasher()
    try {
      const file = await open(incoming, 'wx', 0o600)
      try {
        crashPoint('codex.write:before')
        for await (const bytes of source) {
          signal?.throwIfAborted()
          const written = file.write(bytes)
          hasher.update(bytes) // while the disk works
          if ((await written).bytesWritten !== bytes.length)
            throw new EngineError('no-space', 'The disk took only a part of what was written.')
          onBytes?.(hasher.size)
        }
        const tree = hasher.finish()
        await file.sync()
        crashPoint('codex.write:after')
        return await this.#keep(incoming, tree, hasher.size, { community, filename, mimetype, format })
      } finally {
        await file.close()
      }
    } finally {
      await rm(incoming, { force: true })
    }
  }

  /** Forgets a link, and deletes what nobody else holds. `heir` takes over what it held. */
  async dropLink(link: LinkRow, heir: LinkRow | null): Promise<void> {
    await this.#delete(this.catalogue.dropLink(link, heir))
  }

  /** What was stored for a publication that failed gives its space back. */
  async abandonDraft(community: CommunityId): Promise<void> {
    await this.#delete(this.catalogue.abandonDraft(community))
  }

  /** Holds what a link names, from now on. */
  hold(community: CommunityId, cid: string, held: readonly string[]): LinkRow {
    return this.catalogue.hold(community, cid, held)
  }

  async #keep(
    incoming: string,
    tree: BlockTree,
    size: number,
    { community, ...names }: Pick<StoreOptions, 'community' | 'filename' | 'mimetype' | 'format'>,
  ): Promise<{ readonly cid: string; readonly size: number }> {
    const { manifest, manifestCid: cid } = describeDataset(tree, size, names)
    const key = keyOf({ root: tree.root, size, blockSize: 65_536 })
    const known = this.#load(key)
    if (known?.check() !== true) {
      crashPoint('codex.rename:before')
      await rename(incoming, this.#pathOf(key))
      await syncFolder(join(this.root, 'datasets'))
      crashPoint('codex.rename:after')
    }
    // A download of the same may have been under way, and may even have ended meanwhile.
    const row = { key, root: tree.root.slice(), size, blockSize: 65_536, have: all(tree.leaves), nodes: tree.nodes }
    crashPoint('codex.store:before')
    this.catalogue.putDataset({ ...row, complete: 1 }, { cid, bytes: manifest })
    this.catalogue.draft(community, cid)
    crashPoint('codex.store:after')
    this.#load(key)?.becomeComplete(tree)
    return { cid, size }
  }

  #load(key: string): Dataset | null {
    const loaded = this.#loaded.get(key)
    if (loaded !== undefined) return loaded
    const row = this.catalogue.dataset(key)
    if (row === null) return null
    const dataset = new Dataset(row, this.#pathOf(key), this.#open)
    if (row.complete === 0) dataset.check()
    this.#loaded.set(key, dataset)
    return dataset
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#loaded.get(key)?.close()
      this.#loaded.delete(key)
      await rm(this.#pathOf(key), { force: true })
    }
  }

  #pathOf(key: string): string {
    return join(this.root, 'datasets', key)
  }
}

function openCatalogue(root: string): Catalogue {
  try {
    // Files that no catalogue knows are deleted when the library is opened, so they go aside with it.
    const file = join(root, 'codex.sqlite')
    return openOrSetAside(file, () => new Catalogue(file), [join(root, 'datasets')])
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.startsWith('SQLITE_BUSY')) throw error
    throw new EngineError('unavailable', `Another program has the folder ${root} open. Close it and try again.`, {
      cause: error,
      retryable: true,
    })
  }
}

/** Made of hex digits and numbers only: it is a file's name. */
function keyOf({ root, size, blockSize }: Pick<Manifest, 'root' | 'size' | 'blockSize'>): string {
  return `${bytesToHex(root)}-${size}-${blockSize}`
}

function nothingOf(blocks: number): { readonly have: Uint8Array; readonly nodes: Uint8Array } {
  return { have: new Uint8Array(Math.ceil(blocks / 8)), nodes: new BlockTree(blocks).nodes }
}

function all(blocks: number): Uint8Array {
  return new Uint8Array(Math.ceil(blocks / 8)).fill(0xff)
}
