import { describe, expect, it } from 'vitest'
import {
  bytesToHex,
  concatBytes,
  decodeOlderMessage,
  encodeOlderMessage,
  hexToBytes,
  joinBytes,
  manifestCidText,
  type OlderMessage,
} from '../../../../src/main/wire/index.ts'

const root = new Uint8Array(32).fill(0xaa)
const digest = new Uint8Array(32).fill(0xbb)
const node = new Uint8Array(32).fill(0xcc)
const tree = `01839a031220${'aa'.repeat(32)}`
const manifest = `01819a031220${'bb'.repeat(32)}`
const block = `01829a031220${'bb'.repeat(32)}`
const none: OlderMessage = { wants: [], deliveries: [], presences: [] }
const hex = (...parts: readonly string[]) => parts.join('').replaceAll(' ', '')
const leaf = hex(`0801 1226${tree} 1805`)
const message = (text: string) => () => decodeOlderMessage(hexToBytes(hex(text)))

describe('a message between older nodes', () => {
  const inTree = { kind: 'block', root, index: 5 } as const
  const ofManifest = { kind: 'manifest', cid: manifestCidText(digest) } as const

  it.each<[string, OlderMessage, string]>([
    [
      'with wants',
      {
        ...none,
        wants: [
          { address: inTree, wants: 'presence', cancel: false, sendDontHave: true },
          { address: ofManifest, wants: 'block', cancel: true, sendDontHave: false },
        ],
      },
      hex(
        '0a70',
        `0a36 0a2c ${leaf} 1000 1800 2001 2801`,
        `0a34 0a2a 0800 2226 ${manifest} 1000 1801 2000 2800`,
        '1000 2800',
      ),
    ],
    [
      'with a block and its proof',
      {
        ...none,
        deliveries: [
          { address: inTree, data: Uint8Array.of(1, 2, 3), digest, proof: { index: 5, leaves: 9, path: [node] } },
        ],
      },
      hex(
        `0a02 1000 1a87 01 0a26 ${block} 1203 010203 1a2c ${leaf}`,
        `222a 0812 1005 1809 2222 0a20 ${'cc'.repeat(32)} 2800`,
      ),
    ],
    [
      'with presences',
      { ...none, presences: [{ address: inTree, has: false }] },
      hex(`0a02 1000 2252 0a2c ${leaf} 1001 1a20 ${'00'.repeat(32)} 2800`),
    ],
  ])('%s is these bytes behind its length, and says the same when it is read', (_what, value, expected) => {
    const whole = joinBytes(encodeOlderMessage(value))
    const at = whole.length - expected.length / 2
    expect(bytesToHex(whole.subarray(at))).toBe(expected)
    const [low = 0, high = 0] = whole
    expect(at === 1 ? low : (low & 127) + 128 * high).toBe(expected.length / 2)
    expect(decodeOlderMessage(hexToBytes(expected))).toEqual(value)
  })

  it('may hold what is not known, and blocks of no tree, which nothing of ours can answer', () => {
    const lonely = hex(`0a30 0a2a 0800 2226 ${block} 1000 2000`)
    expect(message(`0a32 ${lonely} 3200 3a03 616263`)()).toEqual(none)
  })

  it('that is cut off, of another codec, or without bounds is refused', () => {
    const [, ...parts] = encodeOlderMessage({
      ...none,
      deliveries: [{ address: inTree, data: Uint8Array.of(1), digest, proof: { index: 5, leaves: 9, path: [node] } }],
    })
    const good = joinBytes(parts)
    expect(decodeOlderMessage(good).deliveries).toHaveLength(1)
    for (let end = 5; end < good.length - 2; end += 1) expect(() => decodeOlderMessage(good.subarray(0, end))).toThrow()
    const text = bytesToHex(good)
    expect(message(text.replace('01829a03', '01819a03'))).toThrow('CID of a block')
    expect(message(text.replace('01839a03', '01829a03'))).toThrow('CID of a tree')
    expect(message(text.replace('0812', '0813'))).toThrow('another hash')
    expect(message('0801')).toThrow(expect.objectContaining({ code: 'PROTOBUF' }))
    const presence = hexToBytes(hex(`222e 0a2c ${leaf}`))
    const many = concatBytes(...Array.from({ length: 16_385 }, () => presence))
    expect(() => decodeOlderMessage(many)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })
})
