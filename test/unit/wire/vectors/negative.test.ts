/** negative: every case is refused for its own reason. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  asSegment,
  bytesToHex,
  chainKey,
  decodeIndex,
  decodeMessage,
  expectHonestIndex,
  hexToBytes,
  isContactId,
  openApplicationMessage,
  openMessageOf,
  openProtocol,
  openRatchet,
  openSymmetric,
  ratchetKeyId,
  readArchiveMetadata,
  reassemble,
  verifyArchive,
  verifyIndex,
  WireError,
} from '../../../../src/main/wire/index.ts'
import { named, vectors } from './forms.ts'

const hex = z.string().transform(hexToBytes)

const amm = z.object({ amm: hex, claimedAuthor: z.string().optional() })
const index = z.object({ index: hex, dataLength: z.number().optional() })
const archive = z.object({ archive: hex, indexMetadata: hex })
const rfc26 = z.object({ symKey: hex, encrypted: hex })
const segments = z.object({ segments: z.array(hex).min(1) })
const ratchet = z.object({
  protocolMessage: hex,
  knownKeyIds: z.array(z.string()),
  key: hex.optional(),
  timestamp: z.number().optional(),
})

/** What a receiver does with each kind of input; it throws the refusal. */
const RECEIVE: Readonly<Record<string, (input: unknown) => void>> = {
  amm(input) {
    const { amm: bytes, claimedAuthor } = amm.parse(input)
    const claimed = claimedAuthor !== undefined && isContactId(claimedAuthor)
    decodeMessage(claimed ? openMessageOf(bytes, claimedAuthor) : openApplicationMessage(bytes))
  },
  'torrent-index'(input) {
    const { index: bytes, dataLength } = index.parse(input)
    expectHonestIndex(verifyIndex(decodeIndex(bytes, 'torrent'), { dataLength }))
  },
  'storage-index'(input) {
    expectHonestIndex(verifyIndex(decodeIndex(index.parse(input).index, 'codex')))
  },
  archive(input) {
    const { archive: bytes, indexMetadata } = archive.parse(input)
    for (const { verdict } of verifyArchive(bytes, readArchiveMetadata(indexMetadata)).verdicts()) {
      if (verdict.kind === 'refused') throw new WireError(verdict.reason, verdict.message)
    }
  },
  rfc26(input) {
    const { symKey, encrypted } = rfc26.parse(input)
    openSymmetric(encrypted, symKey)
  },
  segments(input) {
    reassemble(
      segments.parse(input).segments.map((bytes) => {
        const segment = asSegment(bytes)
        if (!segment) throw new WireError('NOT_A_SEGMENT', 'it is no segment')
        return segment
      }),
    )
  },
  'hash-ratchet'(input) {
    const { protocolMessage, knownKeyIds, key, timestamp } = ratchet.parse(input)
    const layer = openProtocol(protocolMessage)
    if (layer.kind !== 'ratchet') throw new Error(`it was taken for ${layer.kind}`)
    openRatchet(layer, (keyId, seqNo, groupId) => {
      if (!knownKeyIds.includes(bytesToHex(keyId)) || !key || timestamp === undefined) return null
      expect(ratchetKeyId(groupId, { key, timestamp })).toEqual(keyId)
      return chainKey(key, seqNo)
    })
  },
}

describe('negative', () => {
  it.each(named(vectors.negative, ({ name }) => name))('%s', (_name, { kind, input, expect: { reason } }) => {
    const receive = RECEIVE[kind]
    if (!receive) throw new Error(`the vectors have a kind of input, ${kind}, that nothing here receives`)
    expect(reasonOf(() => receive(input))).toBe(reason)
  })
})

function reasonOf(work: () => void): string {
  try {
    work()
  } catch (error) {
    if (error instanceof WireError) return error.code
    throw error
  }
  return 'nothing was refused'
}
