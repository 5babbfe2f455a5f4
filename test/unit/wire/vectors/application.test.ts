/** amm, ammRules, protocolMessage */
import { describe, expect, it } from 'vitest'
import {
  bytesToHex,
  contactIdOf,
  decodeMessage,
  encodeApplicationMessage,
  encodePublic,
  hexToBytes,
  keccak256,
  openApplicationMessage,
  openProtocol,
  unwrap,
} from '../../../../src/main/wire/index.ts'
import { blobBytes, expectBlob, named, vectors } from './forms.ts'
import { decodeFields, encodeFields } from './messages.ts'

describe('amm', () => {
  it.each(named(vectors.amm, ({ name }) => name))('%s is encoded, signed, opened and decoded', (_name, vector) => {
    const payload = encodeFields(vector.message, vector.fields)
    expectBlob(payload, vector.payload)
    expect(bytesToHex(keccak256(payload))).toBe(vector.payloadKeccak)

    const bytes = encodeApplicationMessage({ type: vector.type, payload }, hexToBytes(vector.authorPriv))
    expectBlob(bytes, vector.amm)

    const opened = openApplicationMessage(bytes)
    expect(opened.type).toBe(vector.type)
    expect(bytesToHex(opened.signature)).toBe(vector.signature)
    expect(opened.id).toBe(vector.messageId)
    expect(contactIdOf(opened.signer)).toBe(vector.signerContactId)

    const inner = decodeMessage(opened)
    expect(inner.kind).not.toBe('other')
    expect('body' in inner ? inner.body : null).toMatchObject(decodeFields(vector.message, vector.fields))
  })
})

describe('protocolMessage', () => {
  it.each(named(vectors.protocolMessage, ({ amm }) => amm))('around %s', (name, vector) => {
    const inner = vectors.amm.find((one) => one.name === name)
    if (!inner) throw new Error(`the vectors have no message called ${name}`)
    const message = blobBytes(inner.amm)
    expectBlob(encodePublic({ installationId: vector.installationId, message }), vector.bytes)

    const layer = openProtocol(blobBytes(vector.bytes))
    expect(layer).toEqual({ kind: 'public', message })
    const unwrapped = unwrap(blobBytes(vector.bytes))
    if (unwrapped.kind !== 'application') throw new Error(`it was taken for ${unwrapped.kind}`)
    expect(openApplicationMessage(unwrapped.bytes).id).toBe(vector.decodedAmmId)
  })

  it('is not seen in a bare application message', () => {
    for (const { amm } of vectors.amm) {
      if ('hex' in amm) expect(openProtocol(blobBytes(amm))).toEqual({ kind: 'none' })
    }
  })
})
