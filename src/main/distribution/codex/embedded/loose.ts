/**
 * Datasets by themselves, of no community: what a person put in, and what a person asked for by its CID. They are kept,
 * and given to others, until they are removed; what an archive holds, too, stays for its sake.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Libp2p } from '@libp2p/interface'
import type { ArchiveLink } from '../../../../shared/domain.ts'
import { mimetypeOf } from '../../../wire/index.ts'
import { type ArchiveFile, type DatasetNode, EngineError, type StoredDataset } from '../../engine.ts'
import type { Waiter } from '../../torrent/shared-tasks.ts'
import type { Fetching } from './fetching.ts'
import type { Library } from './library.ts'
import { checked } from './manifests.ts'
import { looseDatasets, type Seeding } from './seeding.ts'
import type { CallOptions, CodexSettings } from './settings.ts'
import type { Swarm } from './swarm.ts'

export interface LooseParts {
  readonly library: Library
  readonly host: Libp2p
  readonly swarm: Swarm
  readonly seeding: Seeding
  readonly fetching: Fetching
}

const readAtOnce = 1024 * 1024
/** Connections that are told of. */
const shownAtMost = 100

export class LooseDatasets {
  readonly #parts: LooseParts
  readonly #settings: Pick<CodexSettings, 'format' | 'maxDatasetBytes'>
  /** One after the other: they share a draft. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: LooseParts, settings: Pick<CodexSettings, 'format' | 'maxDatasetBytes'>) {
    this.#parts = parts
    this.#settings = settings
    for (const row of parts.library.catalogue.links(looseDatasets)) parts.seeding.seed(row, true)
  }

  /** @throws EngineError `not-found`, `too-large`, `unsupported` (an empty file), `no-space`, `aborted` */
  put(file: string, options: Waiter): Promise<StoredDataset> {
    const put = this.#last.then(() => this.#put(file, options))
    this.#last = put.catch(() => {})
    return put
  }

  async get(cid: string, maxBytes: number, options: CallOptions): Promise<ArchiveFile> {
    const { fetching, library, seeding, swarm, host } = this.#parts
    // Whoever is connected may have it, whatever they are connected for.
    const connected = host.getConnections().map(({ remoteAddr, remotePeer }) => `${remoteAddr}/p2p/${remotePeer}`)
    swarm.addHints(looseDatasets, connected)
    const dataset = await fetching.whole(looseDatasets, checked(cid) as ArchiveLink, cid, maxBytes, options)
    const row = library.catalogue.link(looseDatasets, cid)
    if (row !== null) seeding.seed(row, true)
    return { path: dataset.path, offset: 0, length: dataset.size }
  }

  /** Whether every block is here, and right. */
  has(cid: string): boolean {
    return this.#parts.library.datasetOf(checked(cid))?.check() === true
  }

  async remove(cid: string): Promise<void> {
    const { library, seeding, fetching } = this.#parts
    const row = library.catalogue.link(looseDatasets, checked(cid))
    if (row === null) return
    fetching.end(row, new EngineError('aborted', 'The dataset was removed.'))
    seeding.forget(row)
    await library.dropLink(row, null)
    seeding.changed()
  }

  debug(): DatasetNode {
    const { host, library } = this.#parts
    const connections = host.getConnections().map(({ remoteAddr, remotePeer }) => {
      const address = remoteAddr.toString()
      return address.includes('/p2p/') ? address : `${address}/p2p/${remotePeer}`
    })
    return {
      peer: host.peerId.toString(),
      addresses: host.getMultiaddrs().map(String),
      connections: connections.slice(0, shownAtMost),
      datasets: library.catalogue.datasetKeys().length,
    }
  }

  async #put(file: string, { signal, onProgress }: Waiter): Promise<StoredDataset> {
    const { library, seeding } = this.#parts
    const found = await stat(file).catch(() => null)
    if (found === null || !found.isFile()) throw new EngineError('not-found', `There is no file at ${file}.`)
    const total = found.size
    if (total === 0) throw new EngineError('unsupported', `${file} is empty, and a dataset has at least one byte.`)
    if (total > this.#settings.maxDatasetBytes)
      throw new EngineError(
        'too-large',
        `${file} has ${total} bytes, and at most ${this.#settings.maxDatasetBytes} are taken.`,
      )
    const filename = path.basename(file)
    const names = { filename, mimetype: mimetypeOf(filename), format: this.#settings.format }
    const onBytes = (done: number) => onProgress?.({ done, total })
    try {
      const source = createReadStream(file, { highWaterMark: readAtOnce })
      const { cid, size } = await library.store(source, { community: looseDatasets, ...names, signal, onBytes })
      seeding.seed(library.hold(looseDatasets, cid, []), true)
      return { cid, size }
    } finally {
      await library.abandonDraft(looseDatasets)
    }
  }
}
