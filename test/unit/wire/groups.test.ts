/** Group keys: the ways they travel (PROTOCOL.md §3.10) and the bounds of the ratchet (§3.8). */
import { describe, expect, it } from 'vitest'
import {
  bytesToHex,
  chainKey,
  ecdhX,
  encodeRatchet,
  hexToBytes,
  isEncryptedBlob,
  joinBytes,
  openGroupKey,
  openPrivateData,
  openProtocol,
  openRatchet,
  publicKey,
  RatchetChain,
  type RatchetMessage,
  ratchetFrame,
  ratchetKeyId,
  sealGroupKey,
  sealPrivateData,
  unwrap,
  utf8,
} from '../../../src/main/wire/index.ts'
import { openGcm } from '../../../src/main/wire/rfc26.ts'
import { reasonOf } from './support.ts'

const sender = hexToBytes('22'.repeat(32))
const member = hexToBytes('33'.repeat(32))
const groupKey = hexToBytes('44'.repeat(32))
const nonce = hexToBytes('55'.repeat(12))
const memberKeys = { private: member, public: publicKey(member) }

describe('a rekeying', () => {
  const sealed = sealGroupKey({ groupKey, sender, member: publicKey(member), nonce })

  it('is the worked example of PROTOCOL.md §3.10', () => {
    expect(bytesToHex(ecdhX(sender, publicKey(member)))).toBe(
      '9110f8760a37d96052e3dcaf14862a147654f49f722cf213568ccef1eca2ec71',
    )
    expect(sealed.mapKey).toBe(3685577276)
    expect(bytesToHex(sealed.blob)).toBe(
      '555555555555555555555555af19a605c1d4ceb2b86eaa5893fd2b20d2106584346d1886bbbd17f1e21018c8f26fd718537acf82d89dc14c48f04cb8',
    )
  })

  it('is opened by its member, also where another member shares the entry', () => {
    const blobs = Uint8Array.of(...new Uint8Array(60).fill(1), ...sealed.blob)
    const keys = new Map([[sealed.mapKey, blobs]])
    expect(openGroupKey({ timestamp: 9, keys }, memberKeys, publicKey(sender))).toEqual({ key: groupKey, timestamp: 9 })
  })

  it('is nothing to others, and nothing without a time', () => {
    const keys = new Map([[sealed.mapKey, sealed.blob]])
    const stranger = { private: groupKey, public: publicKey(groupKey) }
    expect(openGroupKey({ timestamp: 9, keys }, stranger, publicKey(sender))).toBeNull()
    expect(openGroupKey({ timestamp: 9, keys }, memberKeys, publicKey(groupKey))).toBeNull()
    expect(openGroupKey({ timestamp: 0, keys }, memberKeys, publicKey(sender))).toBeNull()
  })

  it('travels with a message that is not encrypted', () => {
    const rekeyGroup = { timestamp: 9, keys: new Map([[sealed.mapKey, sealed.blob]]) }
    const keys = [{ deprecatedKeyId: 1, key: groupKey, timestamp: 2 }]
    const head = { installationId: '', groupId: utf8('group'), keyId: new Uint8Array(0), deprecatedKeyId: 0, seqNo: 0 }
    const unwrapped = unwrap(encodeRatchet({ ...head, payload: utf8('an application message'), keys, rekeyGroup }))
    expect(unwrapped).toMatchObject({
      kind: 'application',
      bytes: utf8('an application message'),
      keyExchange: { seqNo: 0, keys, rekeyGroup },
    })
  })
})

describe('the ratchet', () => {
  it('is bounded: a stranger cannot make us turn it for ever', () => {
    expect(reasonOf(() => chainKey(groupKey, 100_001))).toBe('TOO_LARGE')
  })

  it('asks for the key by its id, and says when it is not known', () => {
    const message: RatchetMessage = {
      groupId: utf8('group'),
      keyId: utf8('key'),
      deprecatedKeyId: 0,
      seqNo: 1,
      payload: new Uint8Array(40),
      keys: [],
      rekeyGroup: null,
    }
    const asked: string[] = []
    const find = (keyId: Uint8Array, seqNo: number, groupId: Uint8Array) => {
      asked.push(bytesToHex(keyId), `${seqNo}`, bytesToHex(groupId))
      return null
    }
    expect(reasonOf(() => openRatchet(message, find))).toBe('UNKNOWN_KEY')
    expect(asked).toEqual([bytesToHex(utf8('key')), '1', bytesToHex(utf8('group'))])
    expect(reasonOf(() => openRatchet(message, () => groupKey))).toBe('DECRYPT')
  })

  it('leaves what is for a single device alone', () => {
    // encrypted_message { "device": { payload } }, without a header of a group
    const bytes = hexToBytes('aa060e0a066465766963651204'.concat('1a02abcd'))
    expect(openProtocol(bytes)).toEqual({ kind: 'private' })
    expect(unwrap(bytes)).toEqual({ kind: 'private' })
  })
})

describe('a chain', () => {
  it('gives the same keys in any order, and goes the way to a far one once', () => {
    const chain = new RatchetChain(groupKey)
    for (const seqNo of [300, 1, 64, 299, 63, 128, 1000, 0])
      expect(chain.keyOf(seqNo)).toEqual(chainKey(groupKey, seqNo))
    for (let seqNo = 0; seqNo <= 1000; seqNo += 7) expect(chain.distance(seqNo)).toBeLessThan(64)
    expect(chain.distance(1500)).toBeGreaterThan(400)
  })

  it('is walked a few steps at a time by who has other things to do', () => {
    const chain = new RatchetChain(groupKey)
    let walks = 1
    while (!chain.walk(1000, 300)) walks += 1
    expect(walks).toBe(4)
    expect(chain.distance(1000)).toBe(0)
    expect(chain.keyOf(1000)).toEqual(chainKey(groupKey, 1000))
  })

  it('leaves nothing when it is wiped, and gives copies', () => {
    const chain = new RatchetChain(groupKey)
    const given = chain.keyOf(200)
    chain.wipe()
    expect(given).toEqual(chainKey(groupKey, 200))
    expect(chain.keyOf(64)).not.toEqual(chainKey(groupKey, 64))
  })
})

describe('the frame around something long', () => {
  it.each([0, 5, 127, 128, 20_000])('of %i bytes is what it would be in one piece', (length) => {
    const header = { groupId: utf8('group'), keyId: groupKey, deprecatedKeyId: 7, seqNo: 9, installationId: 'device' }
    const payload = new Uint8Array(length).fill(3)
    const { head, tail } = ratchetFrame(header, length)
    const whole = joinBytes([head, payload, tail])
    if (length > 0) expect(whole).toEqual(encodeRatchet({ ...header, payload }))
    expect(openProtocol(whole)).toMatchObject({ kind: 'ratchet', seqNo: 9, groupId: utf8('group'), payload })
    expect(isEncryptedBlob(whole)).toBe(true)
  })
})

describe('the private part of a description', () => {
  const keyId = ratchetKeyId(utf8('group'), { key: groupKey, timestamp: 7 })
  const seal = (seqNo: number) => {
    const step = { groupId: utf8('group'), keyId, deprecatedKeyId: 7, seqNo, messageKey: chainKey(groupKey, seqNo) }
    return sealPrivateData(step, utf8('x'), nonce)
  }
  const known = (_: Uint8Array, seqNo: number) => chainKey(groupKey, seqNo)

  it('is named by key and number, and opened with both', () => {
    const [name, value] = seal(12)
    expect(name).toBe(`${bytesToHex(keyId)}12`)
    const find = (wanted: Uint8Array, seqNo: number) =>
      bytesToHex(wanted) === bytesToHex(keyId) ? chainKey(groupKey, seqNo) : null
    expect(openPrivateData(name, value, find)).toEqual(utf8('x'))
    expect(openGcm(value, chainKey(groupKey, 12))).toEqual(utf8('x'))
    expect(reasonOf(() => openPrivateData(`${bytesToHex(keyId)}13`, value, find))).toBe('DECRYPT')
  })

  it('waits for its key, and is nothing under another name', () => {
    const [name, value] = seal(1)
    expect(reasonOf(() => openPrivateData(name, value, () => null))).toBe('UNKNOWN_KEY')
    for (const other of ['', name.slice(1), `${name}x`, name.slice(0, 64), name.toUpperCase()]) {
      expect(reasonOf(() => openPrivateData(other, value, known))).toBe('BAD_ID')
    }
    expect(reasonOf(() => openPrivateData(`${name.slice(0, 64)}999999`, value, known))).toBe('TOO_LARGE')
  })
})
