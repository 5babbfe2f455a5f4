/** Datasets of Codex that belong to no community: files that a person puts in, and what they ask for by its CID. */
import { lstat, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type DatasetClient, EngineError, type StoredDataset } from '../distribution/engine.ts'
import type { Engines } from './engines.ts'

export class Datasets {
  readonly #engines: Pick<Engines, 'running'>
  readonly #tray: string

  /** `tray`: the folder for files that wait to be put in; made when it is first asked for. */
  constructor(engines: Pick<Engines, 'running'>, tray: string) {
    this.#engines = engines
    this.#tray = tray
  }

  async tray(): Promise<string> {
    await mkdir(this.#tray, { recursive: true, mode: 0o700 })
    return this.#tray
  }

  /** @throws EngineError; `not-found` also for what is no plain file: a link could lead out of the tray */
  async put(place: string, name: string): Promise<StoredDataset> {
    const file = path.join(this.#tray, place, name)
    const found = await lstat(file).catch(() => null)
    if (found === null || !found.isFile()) throw new EngineError('not-found', `There is no file ${name} in the tray.`)
    return this.#client().upload(file)
  }

  /** Its path on this disk and its length, bytes. @throws EngineError */
  async get(cid: string, peers: readonly string[], timeout: number): Promise<{ path: string; bytes: number }> {
    const client = this.#client()
    client.connect(peers)
    const { path: file, length } = await client.fetch(cid, { timeout })
    return { path: file, bytes: length }
  }

  #client(): DatasetClient {
    const client = this.#engines.running().find(({ datasets }) => datasets !== undefined)?.datasets
    if (client !== undefined) return client
    throw new EngineError('unavailable', 'The Codex engine of Chronicle itself does not run: see the settings.')
  }
}
