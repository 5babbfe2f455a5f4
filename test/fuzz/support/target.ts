/** What is fuzzed: a decoder or a boundary, the valid inputs to begin with, and what counts as an answer. */

import { ApiError } from '../../../src/main/api/failures.ts'
import { CommunityError } from '../../../src/main/communities/errors.ts'
import { NodeStrange } from '../../../src/main/distribution/codex/external/http.ts'
import { EngineError } from '../../../src/main/distribution/engine.ts'
import { UnreadableJson } from '../../../src/main/imports/json-pieces.ts'
import { BadRequestError } from '../../../src/main/waku/service/exchange.ts'
import { WireError } from '../../../src/main/wire/index.ts'
import { CodecError } from '../../../src/shared/codec.ts'

export interface Target {
  readonly name: string
  /** It checks a signature or opens a seal, so that a tenth as many inputs have to do. */
  readonly slow?: boolean
  readonly seeds: () => readonly Uint8Array[]
  /** Undefined: a value. A word: why not. Throws what `refusalOf` knows, and nothing else. */
  readonly run: (input: Uint8Array) => string | undefined | Promise<string | undefined>
}

/** What was encoded does not come back: found by a decoder's own encoder. */
export class Unstable extends Error {
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'Unstable'
  }
}

/** The reason of an error that a decoder may throw; null for one that it may not. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof WireError || error instanceof CodecError || error instanceof CommunityError) return error.code
  if (error instanceof ApiError || error instanceof EngineError || error instanceof BadRequestError) return error.code
  if (error instanceof NodeStrange) return 'strange'
  return error instanceof UnreadableJson ? 'unreadable' : null
}

/** A decoder alone. */
export function decoding(decode: (input: Uint8Array) => unknown): Target['run'] {
  return (input) => {
    decode(input)
    return undefined
  }
}

/** A decoder and its encoder: from the first encoding on, nothing changes any more. */
export function roundTrip<T>(decode: (input: Uint8Array) => T, encode: (value: T) => Uint8Array): Target['run'] {
  return (input) => {
    const value = decode(input)
    let [once, twice] = [new Uint8Array(), new Uint8Array()]
    try {
      once = new Uint8Array(encode(value))
      twice = new Uint8Array(encode(decode(once)))
    } catch (cause) {
      throw new Unstable(`what it accepted cannot be encoded or read again: ${String(cause)}`, { cause })
    }
    if (Buffer.compare(once, twice) !== 0) throw new Unstable('what it accepted is another after it was encoded')
    return undefined
  }
}

/** Text, as UTF-8; behind a byte that UTF-8 has not, in units of 16 bits, as broken as JavaScript's strings may be. */
export function textOf(input: Uint8Array): string {
  return input[0] === 0xff ? Buffer.from(input.subarray(1)).toString('utf16le') : new TextDecoder().decode(input)
}

export const utf8s = (...texts: readonly string[]): Uint8Array[] =>
  texts.map((text) => new Uint8Array(Buffer.from(text)))
export const json = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)))
