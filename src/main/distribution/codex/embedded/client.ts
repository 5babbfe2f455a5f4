/** The node of Logos Storage that the Codex engine is, as other clients of such nodes know it: datasets by their CIDs. */
import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import {
  type ArchiveFile,
  type DatasetClient,
  type DatasetNode,
  EngineError,
  type PeerHint,
  type StoredDataset,
  type TaskOptions,
} from '../../engine.ts'
import type { EngineThread } from './engine-thread.ts'

export class CodexClient implements DatasetClient {
  readonly #thread: Pick<EngineThread, 'call'>
  readonly #addPeers: (hints: readonly PeerHint[]) => void

  constructor(thread: Pick<EngineThread, 'call'>, addPeers: (hints: readonly PeerHint[]) => void) {
    this.#thread = thread
    this.#addPeers = addPeers
  }

  upload(file: string, options: TaskOptions = {}): Promise<StoredDataset> {
    return this.#thread.call('take the file in', (api) => api.putDataset(file, waiter(options)), options.signal)
  }

  fetch(cid: string, options: TaskOptions = {}): Promise<ArchiveFile> {
    const call = { ...waiter(options), timeout: options.timeout }
    return this.#thread.call('fetch the dataset', (api) => api.getDataset(cid, call), options.signal)
  }

  async download(cid: string, to: string, options: TaskOptions = {}): Promise<number> {
    const { path, length } = await this.fetch(cid, options)
    try {
      await copyFile(path, to, constants.COPYFILE_EXCL)
    } catch (cause) {
      const why = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST' ? 'it is there already' : 'no'
      const reason = why === 'no' && cause instanceof Error ? cause.message : why
      throw new EngineError('unavailable', `Could not write ${to}: ${reason}.`, { retryable: false, cause })
    }
    return length
  }

  has(cid: string): Promise<boolean> {
    return this.#thread.call('look for the dataset', (api) => api.hasDataset(cid))
  }

  remove(cid: string): Promise<void> {
    return this.#thread.call('remove the dataset', (api) => api.removeDataset(cid))
  }

  connect(hints: readonly PeerHint[]): void {
    this.#addPeers(hints)
  }

  debug(): Promise<DatasetNode> {
    return this.#thread.call('look at the node', (api) => api.debug())
  }
}

/** What crosses to the thread. */
function waiter({ signal, onProgress }: TaskOptions): Pick<TaskOptions, 'signal' | 'onProgress'> {
  return { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) }
}
