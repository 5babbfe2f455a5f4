import { describe, expect, it } from 'vitest'
import {
  decodeAcquaintanceAnswer,
  decodeAcquaintanceQuestion,
  encodeAcquaintanceAnswer,
  encodeAcquaintanceQuestion,
  MAX_ACQUAINTANCE_BYTES,
} from '../../../src/main/wire/index.ts'

const cid = 'zDvZRwzmBEaJ338xaCHbKbGAJ4X41YyccS6eyorrYBbmPnWuLxCh'
const body = (message: Uint8Array) => message.subarray(2)
const address = (n: number) => `/ip4/10.0.0.${n}/tcp/4001/p2p/16Uiu2HAkuqGKz8D6khfrnJnDrN5VxWWCoLU8Aq4eCFJuyXmfakB5`

describe('what nodes of ours tell each other', () => {
  it('is read as it was said, behind its length', () => {
    const question = { port: 40_123, manifests: [cid, cid] }
    expect(decodeAcquaintanceQuestion(body(encodeAcquaintanceQuestion(question)))).toEqual(question)
    const message = encodeAcquaintanceAnswer([address(1), address(2)])
    expect(Buffer.from(message).readUInt16LE(0)).toBe(message.length - 2)
    expect(decodeAcquaintanceAnswer(body(message))).toEqual([address(1), address(2)])
  })

  it('has bounds, which what we say keeps to', () => {
    const addresses = Array.from({ length: 40 }, (_, n) => address(n))
    const answer = encodeAcquaintanceAnswer([...addresses, 'x'.repeat(500)])
    expect(decodeAcquaintanceAnswer(body(answer))).toEqual(addresses.slice(0, 16))
    expect(answer.length).toBeLessThan(MAX_ACQUAINTANCE_BYTES)
    const question = encodeAcquaintanceQuestion({ port: 1, manifests: Array.from({ length: 20 }, () => cid) })
    expect(decodeAcquaintanceQuestion(body(question)).manifests).toHaveLength(8)
    const twice = Buffer.concat([body(answer), body(answer)])
    expect(() => decodeAcquaintanceAnswer(twice)).toThrow('more than 16')
    expect(() => decodeAcquaintanceAnswer(Buffer.concat([Buffer.from([10, 200, 1]), Buffer.alloc(200)]))).toThrow('200')
    expect(() => decodeAcquaintanceQuestion(Buffer.from([18, 2, 1, 1]))).toThrow('CID')
    expect(() => decodeAcquaintanceQuestion(Buffer.from([10]))).toThrow()
  })
})
