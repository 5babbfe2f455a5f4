/** Keys and signatures at their edges, and the worked example of PROTOCOL.md §2. */
import { describe, expect, it } from 'vitest'
import {
  ApplicationType,
  bytesToHex,
  communityIdOf,
  compress,
  concatBytes,
  contactIdOf,
  ecdhX,
  encodeApplicationMessage,
  encodeArchiveLink,
  hexToBytes,
  isPrivateKey,
  isSignedByCommunity,
  keccak256,
  openApplicationMessage,
  openMessageOf,
  openSymmetric,
  publicKey,
  recover,
  sign,
  utf8,
} from '../../../src/main/wire/index.ts'
import { MEMBER, MEMBER_PUBLIC, OWNER, OWNER_PUBLIC, reasonOf } from './support.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const digest = keccak256(utf8('a message'))

/** The other signature that verifies: n - s, and the other v. */
function twin(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${bytesToHex(signature.subarray(32, 64))}`)
  const high = hexToBytes((ORDER - s).toString(16).padStart(64, '0'))
  return concatBytes(signature.subarray(0, 32), high, Uint8Array.of(1 - (signature[64] ?? 0)))
}

describe('signatures', () => {
  it('are deterministic and recover to their key', () => {
    const signature = sign(digest, OWNER)
    expect(sign(digest, OWNER)).toEqual(signature)
    expect(signature).toHaveLength(65)
    expect(recover(digest, signature)).toEqual(OWNER_PUBLIC)
  })

  it('have no second form: the high twin of s is refused', () => {
    for (let round = 0; round < 20; round++) {
      const message = keccak256(Uint8Array.of(round))
      expect(reasonOf(() => recover(message, twin(sign(message, OWNER))))).toBe('SIGNATURE_INVALID')
    }
  })

  it('are refused with the s of half the order plus one, and read with half the order', () => {
    const at = (s: bigint) =>
      concatBytes(sign(digest, OWNER).subarray(0, 32), hexToBytes(s.toString(16).padStart(64, '0')), Uint8Array.of(0))
    expect(recover(digest, at(ORDER >> 1n))).toHaveLength(65)
    expect(reasonOf(() => recover(digest, at((ORDER >> 1n) + 1n)))).toBe('SIGNATURE_INVALID')
    expect(reasonOf(() => recover(digest, at(0n)))).toBe('SIGNATURE_INVALID')
  })

  it('R4.2 a message without one is refused, whatever else it holds', () => {
    const signed = encodeApplicationMessage({ type: 1, payload: utf8('x') }, OWNER)
    expect(reasonOf(() => openApplicationMessage(signed.slice(67)))).toBe('UNSIGNED')
    expect(reasonOf(() => openApplicationMessage(new Uint8Array(0)))).toBe('PROTOBUF')
  })

  it('of somebody else are no proof of authorship', () => {
    const message = encodeApplicationMessage({ type: 1, payload: utf8('x') }, MEMBER)
    expect(openMessageOf(message, contactIdOf(MEMBER_PUBLIC)).type).toBe(1)
    expect(reasonOf(() => openMessageOf(message, contactIdOf(OWNER_PUBLIC)))).toBe('SIGNATURE_MISMATCH')
    expect(isSignedByCommunity(openApplicationMessage(message), communityIdOf(MEMBER_PUBLIC))).toBe(true)
    expect(isSignedByCommunity(openApplicationMessage(message), communityIdOf(OWNER_PUBLIC))).toBe(false)
  })

  it('the worked example of PROTOCOL.md §2', () => {
    const archiveLink = 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz'
    const payload = encodeArchiveLink({ clock: 1700000000123, archiveLink })
    const type = ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK
    const { signature, id } = openApplicationMessage(encodeApplicationMessage({ type, payload }, OWNER))
    expect(bytesToHex(keccak256(payload))).toBe('ac2b998270f43a93a2aed6e14fd7eac4f326ee3e0fc5659e5e3a7943b8a129a4')
    expect(bytesToHex(signature)).toBe(
      '0779660ab43ce171fa13b7d41488dadc661476dde76316bd95c9a8e97d423ea46e59d77aa65a1b9842ef935205b5aecece1444c0ea87314b4be4a77b4c7f793c00',
    )
    expect(id).toBe('0xed53b6798b93f973547bd8edee160ab2bdefcd3049acfaeaed61516617486f50')
  })
})

describe('keys', () => {
  it('are refused when they are none', () => {
    for (const bytes of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(255)]) {
      expect(isPrivateKey(bytes)).toBe(false)
      expect(reasonOf(() => publicKey(bytes))).toBe('BAD_KEY')
      expect(reasonOf(() => sign(digest, bytes))).toBe('BAD_KEY')
      expect(reasonOf(() => ecdhX(bytes, OWNER_PUBLIC))).toBe('BAD_KEY')
    }
    expect(reasonOf(() => compress(new Uint8Array(33).fill(2).fill(255, 1)))).toBe('BAD_KEY')
    expect(reasonOf(() => compress(new Uint8Array(0)))).toBe('BAD_KEY')
    expect(reasonOf(() => sign(digest.slice(1), OWNER))).toBe('BAD_VALUE')
    expect(reasonOf(() => openSymmetric(new Uint8Array(40), OWNER.slice(1)))).toBe('BAD_KEY')
  })

  it('work from any view of bytes, pooled buffers too', () => {
    const pooled = Buffer.concat([Buffer.alloc(5), OWNER, Buffer.alloc(5)]).subarray(5, 37)
    expect(publicKey(pooled)).toEqual(OWNER_PUBLIC)
    expect(sign(digest, pooled)).toEqual(sign(digest, OWNER))
    expect(ecdhX(pooled, MEMBER_PUBLIC)).toEqual(ecdhX(MEMBER, compress(OWNER_PUBLIC)))
  })

  it('hex is refused when it is none', () => {
    for (const text of ['0', '0x1', 'zz', '0x0g', ' 00']) expect(reasonOf(() => hexToBytes(text))).toBe('BAD_HEX')
    expect(hexToBytes('0xAbcD')).toEqual(Uint8Array.of(0xab, 0xcd))
  })
})
