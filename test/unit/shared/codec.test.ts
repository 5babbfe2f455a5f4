import { describe, expect, it } from 'vitest'
import { CodecError, decode, encode } from '../../../src/shared/codec.ts'

const roundTrip = (value: unknown) => decode(encode(value))

describe('frames of the WebSocket', () => {
  it('carry what JSON carries', () => {
    const value = { a: [1, 'two', null, true, { b: -0.5 }], c: {} }
    expect(roundTrip(value)).toEqual(value)
  })

  it('carry bytes and bigints, also nested and empty', () => {
    const bytes = new Uint8Array(100_000).map((_, index) => index % 256)
    const value = { bytes, none: new Uint8Array(), list: [1n << 200n, -7n] }
    expect(roundTrip(value)).toEqual(value)
  })

  it('keep an ordinary object that looks like a tag', () => {
    for (const value of [{ $: 1 }, { $: ['bytes', 'AA=='] }, { $: { $: 'x' } }, { $: 1, other: 2 }])
      expect(roundTrip(value)).toEqual(value)
  })

  it('leave a field called __proto__ a field', () => {
    const value = decode('{"__proto__":{"polluted":true}}')
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('answer with nothing where there is nothing', () => {
    expect(roundTrip(undefined)).toBe(null)
    expect(roundTrip({ ok: true, value: undefined })).toEqual({ ok: true })
  })

  it.each([
    ['no JSON', 'nope'],
    ['an unknown tag', '{"$":["date",1]}'],
    ['a tag without content', '{"$":[]}'],
    ['bytes that are not base64', '{"$":["bytes","***"]}'],
    ['a bigint that is none', '{"$":["bigint","1e9"]}'],
    ['a nesting deeper than the stack', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('refuse %s', (_, text) => {
    expect(() => decode(text)).toThrow(CodecError)
  })

  it.each([[() => 0], [Symbol('s')], [new Date(0)], [new Map()]])('refuse to send %s', (value) => {
    expect(() => encode({ value })).toThrow(CodecError)
  })
})
