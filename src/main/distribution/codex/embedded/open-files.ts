/**
 * Which datasets have their file open: a few, however many are served. A node of ten years has a dataset for each week
 * and each index before the last one; opening a file takes as long as reading a fifth of a block.
 */

export interface OpenFile {
  /** Lets go of the file; the next read or write opens it again. */
  close(): void
}

export class OpenFiles {
  readonly #most: number
  /** The one used longest ago comes first. */
  readonly #open = new Set<OpenFile>()

  constructor(most: number) {
    this.#most = most
  }

  /** To be called at every use of an open file: the one used longest ago makes room for it. */
  used(file: OpenFile): void {
    this.#open.delete(file)
    this.#open.add(file)
    if (this.#open.size <= this.#most) return
    const [oldest] = this.#open
    oldest?.close()
  }

  /** To be called by a file that is open no more. */
  closed(file: OpenFile): void {
    this.#open.delete(file)
  }
}
