/** Checks the CIDs that codex archives are known by. PROTOCOL.md §4.7, RULES.md R3.4. */
import { base58Decode } from './base58.ts'
import { WireError } from './errors.ts'

/** CIDv1, codec 0xCD01 (codex-manifest) as a varint, sha2-256 of 32 bytes. */
const MANIFEST_PREFIX = [0x01, 0x81, 0x9a, 0x03, 0x12, 0x20]
const LENGTH = MANIFEST_PREFIX.length + 32

/** @returns the digest in a manifest CID. @throws {WireError} BAD_CID unless it is base58btc, v1, 0xCD01, sha2-256. */
export function parseManifestCid(cid: string): Uint8Array {
  if (!cid.startsWith('z')) throw new WireError('BAD_CID', 'a CID begins with z')
  let bytes: Uint8Array
  try {
    bytes = base58Decode(cid.slice(1))
  } catch (cause) {
    throw new WireError('BAD_CID', 'this is not the base-58 text of a CID', { cause })
  }
  if (bytes.length !== LENGTH || MANIFEST_PREFIX.some((byte, index) => bytes[index] !== byte)) {
    throw new WireError('BAD_CID', 'this is not the CID of a manifest (version 1, codec 0xCD01, sha2-256)')
  }
  return bytes.slice(MANIFEST_PREFIX.length)
}

export function isManifestCid(cid: string): boolean {
  try {
    parseManifestCid(cid)
    return true
  } catch {
    return false
  }
}
