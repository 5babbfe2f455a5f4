import { describe, expect, it } from 'vitest'
import { EngineError } from '../../../src/main/distribution/engine.ts'
import { toEngineError } from '../../../src/main/distribution/torrent/errors.ts'

const system = (code: string) => Object.assign(new Error(`${code}: something`), { code })

describe('toEngineError', () => {
  it.each([
    [system('ENOSPC'), 'no-space', true],
    [system('EDQUOT'), 'no-space', true],
    [system('EFBIG'), 'too-large', true],
    [system('EROFS'), 'unavailable', false],
    [system('EACCES'), 'unavailable', false],
    [system('ENOTDIR'), 'unavailable', false],
    [system('ENOENT'), 'not-found', true],
    [system('EADDRINUSE'), 'unavailable', true],
    [system('gone'), 'unavailable', true],
    [Object.assign(new Error('stop'), { name: 'AbortError' }), 'aborted', false],
    [Object.assign(new Error('bad'), { name: 'WireError', code: 'BAD' }), 'corrupt', false],
    [new Error('what'), 'unavailable', true],
    ['a text', 'unavailable', true],
  ] as const)('%s is %s', (error, code, retryable) => {
    const mapped = toEngineError(error, 'do it')
    expect(mapped).toBeInstanceOf(EngineError)
    expect(mapped).toMatchObject({ code, retryable })
    expect(mapped.message).toMatch(/^Could not do it: .+/)
    expect(mapped.cause).toBe(error)
  })

  it('leaves its own kind alone, and knows it again after it crossed a port', () => {
    const own = new EngineError('timeout', 'Nobody came.')
    expect(toEngineError(own, 'do it')).toBe(own)
    const crossed = Object.assign(new Error('Nobody came.'), { name: 'EngineError', code: 'timeout', retryable: false })
    expect(toEngineError(crossed, 'do it')).toMatchObject({
      code: 'timeout',
      retryable: false,
      message: 'Nobody came.',
    })
  })
})
