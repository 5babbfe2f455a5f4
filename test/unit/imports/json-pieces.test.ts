import { describe, expect, it } from 'vitest'
import { type Bytes, JsonPieces, type Place, UnreadableJson } from '../../../src/main/imports/json-pieces.ts'

const CHUNK = 256 * 1024
const LIMITS = { bytes: 16 * 2 ** 20, depth: 64 }

/** A file in memory that counts what was read of it; at most so many bytes come at once. */
function file(content: string | Uint8Array, most = Number.POSITIVE_INFINITY): Bytes & { readonly taken: () => number } {
  const bytes = Buffer.from(content)
  let total = 0
  return {
    taken: () => total,
    async read(buffer, offset, length, position) {
      const part = bytes.subarray(position, position + Math.min(length, most))
      buffer.set(part, offset)
      total += part.length
      return { bytesRead: part.length }
    },
  }
}

/** A file that says the same over and over, and would not fit into memory. */
function endless(size: number, first: string, again: string) {
  let total = 0
  return {
    taken: () => total,
    async read(buffer: Uint8Array, offset: number, length: number, position: number) {
      const bytesRead = Math.max(0, Math.min(length, size - position))
      buffer.fill(again.charCodeAt(0), offset, offset + bytesRead)
      if (position === 0) buffer.set(Buffer.from(first), offset)
      total += bytesRead
      return { bytesRead }
    },
  }
}

async function listed(bytes: Bytes, limits = LIMITS, from?: Place) {
  const pieces = new JsonPieces(bytes, limits, from)
  const found = []
  await pieces.take('[')
  do found.push(await pieces.value())
  while ((await pieces.take(',', ']')) === ',')
  return found
}

const values = [{ a: '}]",\\" "', 'b\\': [1, [2.5e3, { c: null }]] }, 'ö🕯️\n', true, -12, '', [], {}, 'é']
const written = JSON.stringify(values, null, 2)

describe('JSON in pieces', () => {
  it('are the same wherever the reading stops on the way', async () => {
    for (let most = 1; most <= 40; most += 1)
      expect((await listed(file(written, most))).map(({ value }) => value)).toEqual(values)
  })

  it('are the same with the border of a chunk at each of their bytes', async () => {
    const length = Buffer.byteLength(written)
    for (let before = CHUNK - length; before <= CHUNK; before += 1) {
      const found = await listed(file(' '.repeat(before) + written))
      expect(found.map(({ value }) => value)).toEqual(values)
    }
  })

  it('go on at any of them, with the lines as they are in the file', async () => {
    const whole = await listed(file(written))
    const lines = written.split('\n')
    for (const [n, { next, line }] of whole.entries()) {
      expect(lines[line - 1]).toContain(JSON.stringify(whole[n]?.value)[0])
      const pieces = new JsonPieces(file(written), LIMITS, next)
      const rest = []
      while ((await pieces.take(',', ']')) === ',') rest.push(await pieces.value())
      expect(rest).toEqual(whole.slice(n + 1))
    }
  })

  it('may be as deep as the limit and no deeper', async () => {
    const deep = (levels: number) => `[${'['.repeat(levels)}${']'.repeat(levels)}]`
    expect(await listed(file(deep(64)))).toHaveLength(1)
    await expect(listed(file(deep(65)))).rejects.toMatchObject({ message: expect.stringContaining('too deeply') })
    const never = endless(2 ** 40, '[', '[')
    await expect(listed(never)).rejects.toBeInstanceOf(UnreadableJson)
    expect(never.taken()).toBeLessThanOrEqual(CHUNK)
  })

  it('may be as large as the limit, and a gigabyte of one text is given up soon after it', async () => {
    const large = 'x'.repeat(LIMITS.bytes - 2)
    const [first, second] = await listed(file(`["${large}", 1]`))
    expect([String(first?.value).length, second?.value]).toEqual([large.length, 1])
    const gigabyte = endless(2 ** 30, '["', 'x')
    await expect(listed(gigabyte)).rejects.toMatchObject({
      message: expect.stringContaining('larger than 16 MiB'),
      place: { line: 1, byte: 1 },
    })
    expect(gigabyte.taken()).toBeLessThanOrEqual(LIMITS.bytes + 2 * CHUNK)
  })

  it('come one by one out of a long line, in memory and time that do not grow with what is held', async () => {
    const pieces = new JsonPieces(file(`[${'7,'.repeat(199_999)}7]`), LIMITS)
    await pieces.take('[')
    let sum = 0
    const before = process.memoryUsage().arrayBuffers
    do sum += Number((await pieces.value()).value)
    while ((await pieces.take(',', ']')) === ',')
    expect(sum).toBe(7 * 200_000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })

  it('may be lists of a million themselves', async () => {
    const [first, second] = await listed(file(`[[${'7,'.repeat(999_999)}7], 8]`))
    expect(first?.value).toHaveLength(1_000_000)
    expect(second?.value).toBe(8)
  })

  it('are told apart from what is none, by line and byte', async () => {
    const wrong: readonly [string, string, Place][] = [
      ['[1,\n {"a" 1}]', 'no valid JSON', { line: 2, byte: 10 }],
      ['[1\n', 'the file ends', { line: 2, byte: 3 }],
      ['[1,\n\n"ab', 'in the middle', { line: 3, byte: 5 }],
      ['[1 2]', 'is missing', { line: 1, byte: 3 }],
      ['', 'the file ends', { line: 1, byte: 0 }],
    ]
    for (const [text, reason, place] of wrong)
      await expect(listed(file(text))).rejects.toMatchObject({ message: expect.stringContaining(reason), place })
  })

  it('with bytes that are no UTF-8 are read with a mark, and say so', async () => {
    const bytes = Buffer.concat([Buffer.from('["a'), Buffer.of(0xff), Buffer.from('b", "c"]')])
    expect(await listed(file(bytes))).toMatchObject([
      { value: 'a\ufffdb', mended: true },
      { value: 'c', mended: false },
    ])
  })
})
