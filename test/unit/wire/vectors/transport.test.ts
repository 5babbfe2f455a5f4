/** rfc26Symmetric, rfc26Asymmetric, segmentation */
import { describe, expect, it } from 'vitest'
import {
  asSegment,
  bytesToHex,
  equalBytes,
  hexToBytes,
  keccak256,
  openAsymmetric,
  openSymmetric,
  reassemble,
  type Segment,
  sealAsymmetric,
  sealSymmetric,
  segment,
  symmetricKey,
} from '../../../../src/main/wire/index.ts'
import { blobBytes, bytesOf, expectBlob, named, sha256, vectors } from './forms.ts'

describe('rfc26Symmetric', () => {
  const sealed = vectors.rfc26Symmetric.filter((vector) => vector.data !== undefined)
  const decodeOnly = vectors.rfc26Symmetric.filter((vector) => vector.decodesTo !== undefined)

  it('every case either seals or is for decoding only', () => {
    expect(sealed.length + decodeOnly.length).toBe(vectors.rfc26Symmetric.length)
    expect(sealed.length).toBeGreaterThan(0)
  })

  it.each(named(sealed, ({ name }) => name))('%s is sealed and opened', (_name, vector) => {
    if (!vector.data || !vector.padding || vector.nonce === undefined) throw new Error('the vector is incomplete')
    const data = bytesOf(vector.data)
    const padding = bytesOf(vector.padding)
    const key = symmetricKey(vector.chatId)
    expect(bytesToHex(key)).toBe(vector.symKey)
    const signer = vector.signerPriv ? hexToBytes(vector.signerPriv) : undefined
    let asked = 0
    const fill = (length: number) => {
      asked = length
      return padding
    }
    const bytes = sealSymmetric({ data, key, nonce: hexToBytes(vector.nonce), padding: fill, signer })
    expectBlob(bytes, vector.encrypted)
    // A vector that fills up to a multiple of 256 says how much that is; one with its own padding does not.
    if (vector.frame.len % 256 === 0) expect(asked).toBe(vector.paddingLength)
    expect(bytes).toHaveLength(vector.frame.len + 28)

    const opened = openSymmetric(bytes, key)
    expect(equalBytes(opened.data, data)).toBe(true)
    expect(equalBytes(opened.padding, padding)).toBe(true)
    expect(bytesToHex(opened.sig)).toBe(vector.signerPub ?? '')
  })

  it.each(named(decodeOnly, ({ name }) => name))('%s', (_name, vector) => {
    const opened = openSymmetric(blobBytes(vector.encrypted), hexToBytes(vector.symKey))
    expect({
      data: bytesToHex(opened.data),
      padding: bytesToHex(opened.padding),
      signed: opened.sig.length > 0,
    }).toEqual(vector.decodesTo)
  })
})

describe('rfc26Asymmetric', () => {
  it.each(named(vectors.rfc26Asymmetric, ({ name }) => name))('%s', (_name, vector) => {
    const data = bytesOf(vector.data)
    const padding = bytesOf(vector.padding)
    const bytes = sealAsymmetric({
      data,
      padding: () => padding,
      signer: hexToBytes(vector.signerPriv),
      recipient: hexToBytes(vector.recipientPub),
      ephemeral: hexToBytes(vector.ephemeralPriv),
      iv: hexToBytes(vector.iv),
    })
    expectBlob(bytes, vector.encrypted)
    const opened = openAsymmetric(blobBytes(vector.encrypted), hexToBytes(vector.recipientPriv))
    expect(opened.data).toEqual(data)
    expect(opened.padding).toEqual(padding)
  })
})

describe('segmentation', () => {
  const cases = named(
    vectors.segmentation.cases,
    (one) => `${one.segmentSize} in ${one.segments}, ${sha256(bytesOf(one.payload)).slice(0, 8)}`,
  )

  it.each(cases)('%s', (_name, vector) => {
    const payload = bytesOf(vector.payload)
    const messages = segment(payload, vector.segmentSize)
    expect(messages).toHaveLength(vector.messages.length)
    expect(messages).toHaveLength(vector.segments + vector.parity)
    for (const [index, message] of messages.entries()) {
      const expected = vector.messages[index]
      if (expected) expectBlob(message, expected)
    }
    expect(bytesToHex(keccak256(payload))).toBe(vector.entireHash)

    const segments = messages.map(asSegment)
    if (!vector.segmented) {
      expect(segments).toEqual([null])
      expect(sha256(messages[0] ?? new Uint8Array(0))).toBe(vector.reassembly.resultSha256)
      return
    }
    const ordered = vector.reassembly.order.map((index) => present(segments[index]))
    expect(sha256(reassemble(ordered))).toBe(vector.reassembly.resultSha256)
    if (vector.reassembly.duplicateTolerated) {
      expect(sha256(reassemble([...ordered, ...ordered]))).toBe(vector.reassembly.resultSha256)
    }
  })

  it('decoderTrap', () => {
    const { bytes, isSegment } = vectors.segmentation.decoderTrap
    expect(asSegment(blobBytes(bytes)) !== null).toBe(isSegment)
  })

  it('no application message is taken for a segment', () => {
    for (const { amm } of vectors.amm) if ('hex' in amm) expect(asSegment(blobBytes(amm))).toBeNull()
  })
})

function present(segment: Segment | null | undefined): Segment {
  if (!segment) throw new Error('it is not read as a segment')
  return segment
}
