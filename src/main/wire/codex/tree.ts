/**
 * The Merkle tree of a dataset (CODEX.md §4). Leaves are the digests of the blocks, not hashed again; a node is
 * sha256(left ‖ right ‖ key). The key's bit 0 is set in the layer above the leaves, bit 1 where the right child is
 * missing and 32 zeros stand for it. A single leaf still gets one layer (key 3).
 *
 * All nodes lie in one array, layer by layer from the leaves up. A tree may have gaps: each verified proof fills in the
 * siblings that it names, so that whoever holds a block can always prove it to others.
 */
import { hash } from 'node:crypto'
import { equalBytes, plain } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { DIGEST_BYTES } from './cids.ts'

/** More blocks than any dataset that we handle has: 64 GiB of the usual ones. */
export const MAX_LEAVES = 1 << 20

const zeros = new Uint8Array(DIGEST_BYTES)
/** left ‖ right ‖ key, filled in anew for each node: it is hashed before anybody else can. */
const children = new Uint8Array(2 * DIGEST_BYTES + 1)

/** @param key bit 0: the layer above the leaves, bit 1: no right child */
function parentOf(left: Uint8Array, right: Uint8Array, key: number): Uint8Array {
  children.set(left)
  children.set(right, DIGEST_BYTES)
  children[2 * DIGEST_BYTES] = key
  return hash('sha256', children, 'buffer')
}

/** How many nodes each layer has, leaves first, root last. */
function layerSizes(leaves: number): number[] {
  if (!Number.isInteger(leaves) || leaves < 1) throw new WireError('BAD_VALUE', 'a tree has at least one leaf')
  if (leaves > MAX_LEAVES) throw new WireError('TOO_LARGE', `a tree of ${leaves} leaves`)
  const sizes = [leaves]
  for (let size = leaves; sizes.length === 1 || size > 1; ) {
    size = Math.ceil(size / 2)
    sizes.push(size)
  }
  return sizes
}

/** Nodes in a proof: the layers without the root. */
export function proofLength(leaves: number): number {
  return layerSizes(leaves).length - 1
}

/**
 * The root that a proof leads to, null for a proof that cannot be of such a tree. Only equality with the root of a
 * manifest says anything.
 * @param path siblings from the bottom up, 32 bytes each; 32 zeros where there is none
 */
export function proofRoot(
  digest: Uint8Array,
  index: number,
  leaves: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (!Number.isInteger(index) || index < 0 || index >= leaves || leaves > MAX_LEAVES) return null
  if (path.length !== proofLength(leaves) || path.some((node) => node.length !== DIGEST_BYTES)) return null
  let [node, position, size, bottom] = [digest, index, leaves, 1]
  for (const sibling of path) {
    if (position % 2 === 1) node = parentOf(sibling, node, bottom)
    else node = parentOf(node, sibling, position === size - 1 ? bottom | 2 : bottom)
    bottom = 0
    position = position >> 1
    size = (size + 1) >> 1
  }
  return plain(node)
}

export class BlockTree {
  readonly leaves: number
  /** Every node, 32 bytes each; zeros where it is not known. May be kept and given to the constructor again. */
  readonly nodes: Uint8Array
  readonly #sizes: readonly number[]
  /** Index of each layer's first node. */
  readonly #starts: readonly number[]

  /** @throws {WireError} BAD_VALUE, TOO_LARGE */
  constructor(leaves: number, nodes?: Uint8Array) {
    this.leaves = leaves
    this.#sizes = layerSizes(leaves)
    let start = 0
    this.#starts = this.#sizes.map((size) => {
      start += size
      return start - size
    })
    if (nodes !== undefined && nodes.length !== start * DIGEST_BYTES)
      throw new WireError('BAD_VALUE', 'these are not the nodes of such a tree')
    this.nodes = nodes ?? new Uint8Array(start * DIGEST_BYTES)
    if (nodes !== undefined) this.#fillGaps()
  }

  /** @param digests of the blocks, in their order. @throws {WireError} BAD_VALUE for none of them, TOO_LARGE */
  static of(digests: readonly Uint8Array[]): BlockTree {
    const tree = new BlockTree(digests.length)
    digests.forEach((digest, index) => {
      tree.#set(0, index, digest)
    })
    for (let layer = 1; layer < tree.#sizes.length; layer += 1) {
      const below = tree.#sizes[layer - 1] ?? 0
      for (let index = 0; index < (tree.#sizes[layer] ?? 0); index += 1) {
        const single = 2 * index + 1 >= below
        const right = single ? zeros : tree.#at(layer - 1, 2 * index + 1)
        const key = (layer === 1 ? 1 : 0) | (single ? 2 : 0)
        tree.#set(layer, index, parentOf(tree.#at(layer - 1, 2 * index), right, key))
      }
    }
    return tree
  }

  get root(): Uint8Array {
    return this.#at(this.#sizes.length - 1, 0)
  }

  /** Digest of a block, zeros if it is not known. */
  leaf(index: number): Uint8Array {
    return this.#at(0, index)
  }

  /** Siblings from the bottom up. Right only where `absorb` or `of` put all of them. */
  proof(index: number): Uint8Array[] {
    const path: Uint8Array[] = []
    let position = index
    for (let layer = 0; layer < this.#sizes.length - 1; layer += 1) {
      const sibling = position ^ 1
      path.push(sibling < (this.#sizes[layer] ?? 0) ? this.#at(layer, sibling) : zeros)
      position = position >> 1
    }
    return path
  }

  /**
   * Verifies a proof against `root` and keeps what it says; false, and nothing kept, if it does not lead there. It is
   * hashed no further than to a node that an earlier proof has proven: what is above that one is known, and compared.
   */
  absorb(index: number, digest: Uint8Array, path: readonly Uint8Array[], root: Uint8Array): boolean {
    const top = this.#sizes.length - 1
    if (!Number.isInteger(index) || index < 0 || index >= this.leaves) return false
    if (path.length !== top || path.some((sibling) => sibling.length !== DIGEST_BYTES)) return false
    let [node, position, layer] = [digest, index, 0]
    const own = [digest]
    while (layer < top && !this.#isProven(layer, position, node)) {
      const sibling = path[layer] ?? zeros
      const single = position === (this.#sizes[layer] ?? 0) - 1 && position % 2 === 0
      const key = (layer === 0 ? 1 : 0) | (single ? 2 : 0)
      node = position % 2 === 1 ? parentOf(sibling, node, key) : parentOf(node, sibling, key)
      position = position >> 1
      layer += 1
      own.push(node)
    }
    if (layer === top ? !equalBytes(node, root) : !this.#continues(layer, position, path)) return false
    own.forEach((mine, below) => {
      const at = index >> below
      this.#set(below, at, mine)
      if (below < layer && (at ^ 1) < (this.#sizes[below] ?? 0)) this.#set(below, at ^ 1, path[below] ?? zeros)
    })
    this.#set(top, 0, root)
    return true
  }

  /** Whether the rest of a path is what is known of the tree. */
  #continues(from: number, position: number, path: readonly Uint8Array[]): boolean {
    return path.slice(from).every((sibling, step) => {
      const [layer, at] = [from + step, (position >> step) ^ 1]
      return equalBytes(sibling, at < (this.#sizes[layer] ?? 0) ? this.#at(layer, at) : zeros)
    })
  }

  /** What lies above two known nodes is known, too; `absorb` relies on it. */
  #fillGaps(): void {
    for (let layer = 1; layer < this.#sizes.length; layer += 1)
      for (let index = 0; index < (this.#sizes[layer] ?? 0); index += 1) {
        const single = 2 * index + 1 >= (this.#sizes[layer - 1] ?? 0)
        const left = this.#at(layer - 1, 2 * index)
        const right = single ? zeros : this.#at(layer - 1, 2 * index + 1)
        const known = !equalBytes(left, zeros) && (single || !equalBytes(right, zeros))
        if (known && equalBytes(this.#at(layer, index), zeros))
          this.#set(layer, index, parentOf(left, right, (layer === 1 ? 1 : 0) | (single ? 2 : 0)))
      }
  }

  /** Whatever is here was proven: nodes that are not known are zeros, which no hash is. */
  #isProven(layer: number, position: number, node: Uint8Array): boolean {
    return equalBytes(this.#at(layer, position), node)
  }

  #at(layer: number, index: number): Uint8Array {
    const at = ((this.#starts[layer] ?? 0) + index) * DIGEST_BYTES
    return this.nodes.subarray(at, at + DIGEST_BYTES)
  }

  #set(layer: number, index: number, node: Uint8Array): void {
    this.nodes.set(node, ((this.#starts[layer] ?? 0) + index) * DIGEST_BYTES)
  }
}
