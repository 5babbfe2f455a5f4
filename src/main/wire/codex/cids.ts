/** The three kinds of CID of Logos Storage (Codex): CIDv1, sha2-256, base58btc. PROTOCOL.md §4.7, RULES.md R3.4. */
import { base58Decode, base58Encode } from '../base58.ts'
import { parseManifestCid } from '../cid.ts'
import { WireError } from '../errors.ts'

/** Multicodec numbers: what the hash of a CID is of. */
export const codexCodecs = { manifest: 0xcd01, block: 0xcd02, tree: 0xcd03 } as const
export type CodexCodec = keyof typeof codexCodecs

/** Multicodec of sha2-256, the only hash in use. */
export const SHA2_256 = 0x12
export const DIGEST_BYTES = 32
/** 01, the codec as a varint of three bytes, 12 20, the digest. */
export const CODEX_CID_BYTES = 38

const headers: Readonly<Record<CodexCodec, readonly number[]>> = {
  manifest: [0x01, 0x81, 0x9a, 0x03, 0x12, 0x20],
  block: [0x01, 0x82, 0x9a, 0x03, 0x12, 0x20],
  tree: [0x01, 0x83, 0x9a, 0x03, 0x12, 0x20],
}

/** @throws {WireError} BAD_VALUE unless the digest has 32 bytes. */
export function encodeCodexCid(codec: CodexCodec, digest: Uint8Array): Uint8Array {
  if (digest.length !== DIGEST_BYTES) throw new WireError('BAD_VALUE', 'a sha2-256 digest has 32 bytes')
  const header = headers[codec]
  const bytes = new Uint8Array(CODEX_CID_BYTES)
  bytes.set(header)
  bytes.set(digest, header.length)
  return bytes
}

/** A copy of the digest in a binary CID. @throws {WireError} BAD_CID for any other version, codec or hash. */
export function decodeCodexCid(codec: CodexCodec, cid: Uint8Array): Uint8Array {
  const header = headers[codec]
  if (cid.length !== CODEX_CID_BYTES || header.some((byte, index) => cid[index] !== byte))
    throw new WireError('BAD_CID', `this is not the CID of a ${codec} (version 1, sha2-256)`)
  return new Uint8Array(cid.subarray(header.length))
}

/** Multibase `z` and base 58: `zDv…` for a manifest, `zDz…` for a tree. */
export function codexCidText(cid: Uint8Array): string {
  return `z${base58Encode(cid)}`
}

/** A manifest's CID as text, from its digest. */
export function manifestCidText(digest: Uint8Array): string {
  return codexCidText(encodeCodexCid('manifest', digest))
}

/** The binary form of a manifest CID. @throws {WireError} BAD_CID */
export function manifestCidBytes(text: string): Uint8Array {
  return encodeCodexCid('manifest', parseManifestCid(text))
}

/** The root that a tree's CID is of. @throws {WireError} BAD_CID */
export function parseTreeCid(text: string): Uint8Array {
  if (!text.startsWith('z')) throw new WireError('BAD_CID', 'a CID begins with z')
  let bytes: Uint8Array
  try {
    bytes = base58Decode(text.slice(1))
  } catch (cause) {
    throw new WireError('BAD_CID', 'this is not the base-58 text of a CID', { cause })
  }
  return decodeCodexCid('tree', bytes)
}
