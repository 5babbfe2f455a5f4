/** The room that archives may take on this disk, all communities together. What is here is never deleted for it. */
import type { Store } from '../store/index.ts'
import { ArchiveError } from './errors.ts'

export class DiskRoom {
  readonly #downloads: Pick<Store['downloads'], 'usedBytes'>
  readonly #limit: () => number | null
  /** bytes on their way */
  #promised = 0

  constructor(downloads: Pick<Store['downloads'], 'usedBytes'>, limit: () => number | null) {
    this.#downloads = downloads
    this.#limit = limit
  }

  /**
   * Room for one archive, until what is given back is called: by then it is here and counts, or it did not come.
   * @param bytes 0 where nobody knows before it is here: then any room is enough
   * @throws ArchiveError `disk-limit`
   */
  async take(bytes: number): Promise<() => void> {
    const size = Math.max(1, bytes)
    this.#promised += size
    const release = () => {
      this.#promised -= size
    }
    const limit = this.#limit()
    if (limit === null) return release
    try {
      const used = await this.#downloads.usedBytes()
      if (used + this.#promised <= limit) return release
      throw new ArchiveError(
        'disk-limit',
        `Archives take ${used} of the ${limit} bytes they may take on this disk. Raise the limit, and the download goes on.`,
      )
    } catch (error) {
      release()
      throw error
    }
  }
}
