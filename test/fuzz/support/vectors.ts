/** Valid inputs: those of test/vectors, and values of every message's shape as fast-check makes them. */
import fc from 'fast-check'
import { hexToBytes } from '../../../src/main/wire/index.ts'
import { encode } from '../../../src/main/wire/protobuf/encode.ts'
import type { MessageShape } from '../../../src/main/wire/protobuf/schema.ts'
import { anyValue } from '../../unit/wire/support.ts'
import { loadVectors } from '../../unit/wire/vectors/file.ts'

export const vectors = loadVectors()

/** bytes; larger ones teach nothing that smaller ones do not, and each input is made from them. */
const largest = 12 * 1024

/** All bytes under a name, at any depth of a section: in hex, or as the vectors write results. */
export function bytesCalled(name: string, section: unknown): Uint8Array[] {
  if (typeof section !== 'object' || section === null) return []
  return Object.entries(section).flatMap(([key, value]) => {
    const own = key === name ? bytesOf(value) : null
    return own === null ? bytesCalled(name, value) : [own]
  })
}

function bytesOf(value: unknown): Uint8Array | null {
  const hex = typeof value === 'object' && value !== null && 'hex' in value ? value.hex : value
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/.test(hex) || hex.length > 2 * largest) return null
  return hexToBytes(hex)
}

/** Always the same ones, so that a seed of the run decides everything. */
export function samples(shape: MessageShape<unknown>, count = 12): Uint8Array[] {
  return fc.sample(anyValue(shape), { numRuns: count, seed: 7 }).map((value) => encode(shape, value))
}
