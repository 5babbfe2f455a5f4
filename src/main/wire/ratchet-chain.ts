/**
 * The keys of a group's messages, each the hash of the one before it. Getting to a far one is work that a stranger can
 * ask for with five bytes, so the way there is gone once: every so many steps are kept. PROTOCOL.md §3.8.
 */
import { WireError } from './errors.ts'
import { keccak256 } from './keys.ts'

/** The last message of a group key; an owner makes a new key long before. */
export const MAX_SEQ_NO = 100_000
/** Steps between those that are kept: a jump back costs about as much as checking a signature. */
const STRIDE = 64

/** Bytes of a group key, and of everything that follows from it. */
export class RatchetChain {
  /** h of 0, 64, 128 … */
  readonly #kept: Uint8Array[]
  #last: { readonly seqNo: number; readonly key: Uint8Array }

  /** @param key h of 0: the group key, 32 bytes, copied. */
  constructor(key: Uint8Array) {
    const first = key.slice()
    this.#kept = [first]
    this.#last = { seqNo: 0, key: first }
  }

  /** Hashes that `keyOf` would have to do. */
  distance(seqNo: number): number {
    return seqNo - this.#nearest(seqNo).seqNo
  }

  /** h of `seqNo`, a copy. @throws {WireError} TOO_LARGE */
  keyOf(seqNo: number): Uint8Array {
    if (seqNo > MAX_SEQ_NO) throw new WireError('TOO_LARGE', `message ${seqNo} of a group key is beyond ${MAX_SEQ_NO}`)
    this.walk(seqNo, Number.POSITIVE_INFINITY)
    return this.#last.key.slice()
  }

  /** At most `steps` of the way to `seqNo`; true when it is there. For those who must not be busy for long. */
  walk(seqNo: number, steps: number): boolean {
    const target = Math.min(seqNo, MAX_SEQ_NO)
    let { seqNo: at, key } = this.#nearest(target)
    for (let left = steps; at < target && left > 0; left--) {
      key = keccak256(key)
      at += 1
      if (at === this.#kept.length * STRIDE) this.#kept.push(key)
    }
    this.#last = { seqNo: at, key }
    return at === target
  }

  /** The nearest of what is known, at or before a number. */
  #nearest(seqNo: number): { readonly seqNo: number; readonly key: Uint8Array } {
    const kept = Math.min(Math.floor(seqNo / STRIDE), this.#kept.length - 1)
    const key = this.#kept[kept]
    const last = this.#last
    return key === undefined || (last.seqNo <= seqNo && last.seqNo > kept * STRIDE)
      ? last
      : { seqNo: kept * STRIDE, key }
  }

  /** Zeroes everything. */
  wipe(): void {
    for (const key of this.#kept) key.fill(0)
    this.#last.key.fill(0)
  }
}

/** The key of message `seqNo`: keccak applied that many times to the group key. @throws {WireError} TOO_LARGE */
export function chainKey(key: Uint8Array, seqNo: number): Uint8Array {
  return new RatchetChain(key).keyOf(seqNo)
}
