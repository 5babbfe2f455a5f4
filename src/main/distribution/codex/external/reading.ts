/** All of a dataset out of a node, and whether it is the one that was asked for: the tree is computed again. R5.3. */
import { type BlockTree, DatasetHasher, equalBytes, type Manifest } from '../../../wire/index.ts'
import type { Pace } from '../embedded/pace.ts'
import { NodeRefusal } from './client.ts'
import { NodeGone, NodeStrange, type OpenAnswer } from './http.ts'

/** The node has not all of it, although it may have begun as if it had. */
export class NotWhole extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotWhole'
  }
}

export type Wanted = Pick<Manifest, 'root' | 'size' | 'blockSize'>

export interface ReadingOptions {
  readonly pace: Pace
  /** Bytes that came, as they come; what it does with them is waited for. */
  readonly take?: (bytes: Uint8Array) => Promise<void> | void
}

/** @throws NotWhole, NodeGone, NodeRefusal, NodeStrange for bytes that are not the dataset's */
export async function readWhole(answer: OpenAnswer, wanted: Wanted, options: ReadingOptions): Promise<BlockTree> {
  try {
    if (answer.status === 404) throw new NotWhole('it has no such dataset')
    if (answer.status !== 200) throw new NodeRefusal(answer.status, 'give a dataset', '')
    if (answer.length !== null && answer.length > wanted.size)
      throw new NodeStrange(`it gives ${answer.length} bytes for a dataset of ${wanted.size}`)
    const hasher = new DatasetHasher(wanted.blockSize)
    try {
      for await (const bytes of answer.bytes) {
        await options.pace.take(bytes.length)
        if (hasher.size + bytes.length > wanted.size) throw new NodeStrange('it gives more bytes than the dataset has')
        hasher.update(bytes)
        await options.take?.(bytes)
      }
    } catch (error) {
      // The head said 200, so this is a stream that broke, whatever else it may be.
      if (error instanceof NodeGone) throw new NotWhole(`it stopped after ${hasher.size} of ${wanted.size} bytes`)
      throw error
    }
    if (hasher.size < wanted.size) throw new NotWhole(`it stopped after ${hasher.size} of ${wanted.size} bytes`)
    const tree = hasher.finish()
    if (!equalBytes(tree.root, wanted.root)) throw new NodeStrange('it gives bytes that are not those of the CID')
    return tree
  } finally {
    answer.close()
  }
}
