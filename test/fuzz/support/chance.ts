/** Chance that can be had again: the same seed draws the same inputs, on every machine. */

export interface Chance {
  /** From 0 to below `limit`, a whole number; 0 for a limit of 0. */
  below(limit: number): number
  /** True once in `many` times. */
  oneIn(many: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  bytes(length: number): Uint8Array
}

/** Small and fast (sfc32): what decides here is draws each second, not how hard they are to guess. */
export function chanceOf(seed: number): Chance {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1]
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 15; round += 1) next()
  const below = (limit: number): number => (limit < 1 ? 0 : Math.floor((next() / 2 ** 32) * limit))
  return {
    below,
    oneIn: (many) => below(many) === 0,
    pick: (list) => list[below(list.length)] ?? list[0],
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  }
}
