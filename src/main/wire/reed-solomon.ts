/**
 * Systematic Reed–Solomon erasure code over GF(2^8), polynomial 0x11D, with the Vandermonde matrix of klauspost's Go
 * library, which is what status-go makes parity segments with. PROTOCOL.md §3.7. At most 256 shards of equal length.
 */
import { WireError } from './errors.ts'

export const MAX_SHARDS = 256
const POLYNOMIAL = 0x11d

type Matrix = readonly Uint8Array[]

const EXP = new Uint8Array(512)
const LOG = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value
  EXP[power + 255] = value
  LOG[value] = power
  value <<= 1
  if (value > 255) value ^= POLYNOMIAL
}

/** Row `a`, column `b`: a times b. 64 KiB once, instead of two look-ups and a branch for every byte. */
const PRODUCTS = Uint8Array.from({ length: 65_536 }, (_, cell) => product(cell >> 8, cell & 255))

/** @returns `parityCount` shards as long as those given. @throws {WireError} BAD_VALUE, TOO_LARGE */
export function encodeParity(data: readonly Uint8Array[], parityCount: number): Uint8Array[] {
  const length = equalLength(data)
  const matrix = encodingMatrix(data.length, data.length + parityCount)
  return matrix.slice(data.length).map((row) => combine(row, data, length))
}

/**
 * @param shards data shards, then parity shards; null where one is missing. At least `dataCount` must be there.
 * @returns the data shards, complete. @throws {WireError} INCOMPLETE, BAD_VALUE, TOO_LARGE
 */
export function reconstruct(shards: readonly (Uint8Array | null)[], dataCount: number): Uint8Array[] {
  const present = shards
    .map((shard, row) => (shard ? { shard, row } : null))
    .filter((entry) => entry !== null)
    .slice(0, dataCount)
  if (present.length < dataCount) throw new WireError('INCOMPLETE', 'too few shards are there to find the others')
  const available = present.map(({ shard }) => shard)
  const length = equalLength(available)
  const matrix = encodingMatrix(dataCount, shards.length)
  const inverse = invert(present.map(({ row }) => matrix[row] ?? new Uint8Array(dataCount)))
  return inverse.map((row, index) => shards[index] ?? combine(row, available, length))
}

function equalLength(shards: readonly Uint8Array[]): number {
  const length = shards[0]?.length ?? 0
  if (length === 0 || shards.some((shard) => shard.length !== length)) {
    throw new WireError('BAD_VALUE', 'the shards are not of one length')
  }
  return length
}

/** Its first rows are the identity, so that data shards stand as they are. */
function encodingMatrix(dataCount: number, total: number): Matrix {
  if (total > MAX_SHARDS) throw new WireError('TOO_LARGE', `${total} shards are more than ${MAX_SHARDS}`)
  const vandermonde = Array.from({ length: total }, (_, row) =>
    Uint8Array.from({ length: dataCount }, (_, column) => power(row, column)),
  )
  const top = invert(vandermonde.slice(0, dataCount))
  return vandermonde.map((row) => combine(row, top, dataCount))
}

/** The linear combination of equally long rows (or shards) with these factors. */
function combine(factors: Uint8Array, rows: readonly Uint8Array[], length: number): Uint8Array {
  const result = new Uint8Array(length)
  rows.forEach((row, index) => {
    addMultiple(result, row, factors[index] ?? 0)
  })
  return result
}

function addMultiple(target: Uint8Array, source: Uint8Array, factor: number): void {
  if (factor === 0) return
  const row = PRODUCTS.subarray(factor * 256, factor * 256 + 256)
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (row[source[i] ?? 0] ?? 0)
}

/** Gauss–Jordan. Any rows of an encoding matrix that are as many as its columns can be inverted. */
function invert(matrix: Matrix): Uint8Array[] {
  const size = matrix.length
  const work: Uint8Array[] = matrix.map((row, index) => {
    const wide = new Uint8Array(size * 2)
    wide.set(row)
    wide[size + index] = 1
    return wide
  })
  for (let column = 0; column < size; column++) {
    const pivot = work.findIndex((row, index) => index >= column && row[column] !== 0)
    const row = work[pivot]
    const other = work[column]
    if (!row || !other) throw new WireError('BAD_VALUE', 'the shards cannot be told apart')
    work[pivot] = other
    work[column] = scaled(row, inverse(row[column] ?? 0))
    work.forEach((target, index) => {
      const source = work[column]
      if (index !== column && source) addMultiple(target, source, target[column] ?? 0)
    })
  }
  return work.map((row) => row.slice(size))
}

function scaled(row: Uint8Array, factor: number): Uint8Array {
  return row.map((value) => PRODUCTS[value * 256 + factor] ?? 0)
}

function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0)
}

function inverse(a: number): number {
  return EXP[255 - (LOG[a] ?? 0)] ?? 0
}

function power(base: number, exponent: number): number {
  if (exponent === 0) return 1
  return base === 0 ? 0 : (EXP[((LOG[base] ?? 0) * exponent) % 255] ?? 0)
}
