/** hashRatchet, hashRatchetSeq0, sds, encryptedBlobs */
import { describe, expect, it } from 'vitest'
import { SdsHistoryEntry } from '../../../../src/main/wire/generated/schema.ts'
import {
  bytesToHex,
  chainKey,
  deprecatedKeyId,
  detectBlob,
  encodeSds,
  encodeSdsHistoryEntry,
  hexToBytes,
  keccak256,
  openApplicationMessage,
  openProtocol,
  openRatchet,
  openSds,
  type RatchetMessage,
  ratchetKeyId,
  sealRatchet,
  unwrap,
  unwrapContent,
} from '../../../../src/main/wire/index.ts'
import { buildCase } from './archive-case.ts'
import { type Blob, bytesSpec } from './file.ts'
import { blobBytes, bytesOf, expectBlob, fieldsOf, named, record, sha256, vectors } from './forms.ts'

function ratchetMessage(bytes: Uint8Array): RatchetMessage {
  const layer = openProtocol(bytes)
  if (layer.kind !== 'ratchet') throw new Error(`it was taken for ${layer.kind}`)
  return layer
}

function applicationIn(bytes: Uint8Array) {
  const unwrapped = unwrap(bytes)
  if (unwrapped.kind !== 'application') throw new Error(`it was taken for ${unwrapped.kind}`)
  return openApplicationMessage(unwrapped.bytes)
}

describe('hashRatchet', () => {
  it.each(named(vectors.hashRatchet, ({ name }) => name))('%s', (_name, vector) => {
    const groupId = hexToBytes(vector.groupId)
    const groupKey = { key: hexToBytes(vector.key), timestamp: vector.timestamp }
    const keyId = ratchetKeyId(groupId, groupKey)
    expect(bytesToHex(keyId)).toBe(vector.keyId)
    expect(deprecatedKeyId(vector.timestamp)).toBe(vector.deprecatedKeyId)
    for (const step of vector.seqs) {
      expect(bytesToHex(chainKey(groupKey.key, step.seq))).toBe(step.chainKey)
      const plaintext = blobBytes(step.plaintext)
      const bytes = sealRatchet({
        groupId,
        groupKey,
        seqNo: step.seq,
        nonce: hexToBytes(step.nonce),
        plaintext,
        installationId: vector.installationId,
      })
      expectBlob(bytes, step.protocolMessage)

      const message = ratchetMessage(bytes)
      expectBlob(message.payload, step.encryptedPayload)
      expect(message).toMatchObject({ groupId, keyId, seqNo: step.seq, deprecatedKeyId: vector.deprecatedKeyId })
      expect(unwrap(bytes)).toMatchObject({ kind: 'encrypted' })
      expect(unwrapContent(openRatchet(message, (_, seqNo) => chainKey(groupKey.key, seqNo)))).toEqual(plaintext)
    }
  })
})

describe('hashRatchetSeq0', () => {
  it('carries its message in the clear', () => {
    const bytes = blobBytes(vectors.hashRatchetSeq0.bytes)
    expect(ratchetMessage(bytes).seqNo).toBe(0)
    expect(applicationIn(bytes).id).toBe(vectors.hashRatchetSeq0.decodedAmmId)
  })
})

describe('sds', () => {
  const wrapped = vectors.sds.filter((vector) => vector.fields !== undefined)

  it.each(named(wrapped, ({ name }) => name))('%s is encoded from its fields', (_name, vector) => {
    const { messageId, lamport, channelId, content, causalHistory, bloom, senderId } = record(vector.fields)
    const history = Array.isArray(causalHistory) ? causalHistory : []
    const message = {
      messageId: String(messageId),
      lamportTimestamp: Number(lamport),
      channelId: String(channelId),
      content: contentOf(record(content)),
      causalHistory: history.map((entry) => encodeSdsHistoryEntry(fieldsOf(SdsHistoryEntry, record(entry)))),
      bloomFilter: bloom === undefined ? undefined : bytesOf(bytesSpec.parse(bloom)),
      senderId: senderId === undefined ? undefined : String(senderId),
    }
    // Nim writes an empty filter where others write none; the fields do not tell the two apart.
    const forms = [message, { ...message, bloomFilter: message.bloomFilter ?? new Uint8Array(0) }].map(encodeSds)
    expectBlob(forms.find((bytes) => bytes.length === vector.bytes.len) ?? new Uint8Array(0), vector.bytes)
  })

  it.each(named(vectors.sds, ({ name }) => name))('%s is opened', (_name, vector) => {
    const bytes = blobBytes(vector.bytes)
    const message = openSds(bytes)
    if (vector.isSds !== undefined) expect(message !== null).toBe(vector.isSds)
    if (vector.content !== undefined) expect(message && bytesToHex(message.content)).toBe(vector.content)
    if (message) expect(encodeSds(message)).toEqual(bytes)
    for (const layer of vector.layers ?? []) expect(['protocolMessage', 'sds', 'amm']).toContain(layer)
    expect(applicationIn(bytes).id).toBe(vector.decodedAmmId)
  })
})

describe('encryptedBlobs', () => {
  const { key, timestamp, groupId, keyId, archive, index } = vectors.encryptedBlobs
  const groupKey = { key: hexToBytes(key), timestamp }
  const archivesOf = (name: string) => buildCase(vectors.archives.cases, name)

  it('its key has its id', () => {
    expect(bytesToHex(ratchetKeyId(hexToBytes(groupId), groupKey))).toBe(keyId)
  })

  it.each([
    ['archive', archive, archivesOf(archive.of).archives[0]?.bytes],
    ['index', index, archivesOf(index.of).index],
  ])('%s', (_name, vector, plaintext) => {
    if (!plaintext) throw new Error(`the case ${vector.of} has no such file`)
    expect(sha256(plaintext)).toBe(vector.plaintextSha256)
    const { installationId } = vectors.hashRatchet[0] ?? {}
    const bytes = sealRatchet({
      groupId: hexToBytes(groupId),
      groupKey,
      seqNo: vector.seq,
      nonce: hexToBytes(vector.nonce),
      plaintext,
      installationId: installationId ?? '',
    })
    expectBlob(bytes, vector.bytes satisfies Blob)
    expect(detectBlob(bytes)).toBe('encrypted')
    expect(sha256(openRatchet(ratchetMessage(bytes), (_, seqNo) => chainKey(groupKey.key, seqNo)))).toBe(
      vector.plaintextSha256,
    )
  })
})

function contentOf({ ammRef, keccak }: Record<string, unknown>): Uint8Array {
  const inner = vectors.amm.find(({ name }) => name === ammRef)
  if (!inner) throw new Error(`the vectors have no message called ${ammRef}`)
  const bytes = blobBytes(inner.amm)
  expect(bytesToHex(keccak256(bytes))).toBe(keccak)
  return bytes
}
