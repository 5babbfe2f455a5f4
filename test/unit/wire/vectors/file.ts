/**
 * The form of a vectors file, and the file that is tested: test/vectors/vectors.json, or the one that CHRONICLE_VECTORS
 * names (a path from the current directory). A file that cannot be read, lacks a section or has an empty one throws
 * here, and with that fails every test file of this folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const OWN_FILE = fileURLToPath(new URL('../../../vectors/vectors.json', import.meta.url))

const hex = z.string().regex(/^([0-9a-f]{2})*$/)
const list = <T extends z.ZodType>(item: T) => z.array(item).min(1)

/** How inputs are given. */
export const bytesSpec = z.union([
  z.strictObject({ hex }),
  z.strictObject({ utf8: z.string() }),
  z.strictObject({ repeat: z.strictObject({ byte: hex.length(2), len: z.number() }) }),
  z.strictObject({ ctr: z.strictObject({ seed: z.string(), len: z.number() }) }),
  z.strictObject({ utf8repeat: z.strictObject({ text: z.string(), times: z.number() }) }),
])
export type BytesSpec = z.infer<typeof bytesSpec>

/** How results are given: in full, or by length, hash and both ends. */
const blob = z.union([
  z.strictObject({ len: z.number(), hex }),
  z.strictObject({ len: z.number(), sha256: hex, head: hex, tail: hex }),
])
export type Blob = z.infer<typeof blob>

const fields = z.record(z.string(), z.unknown())
const verdict = z.object({
  accepted: z.union([z.boolean(), z.string()]),
  flavour: z.string().optional(),
  infoHash: hex.optional(),
  reason: z.string().optional(),
})

const frameVector = z.object({
  name: z.string(),
  chatId: z.string(),
  symKey: hex,
  data: bytesSpec.optional(),
  padding: bytesSpec.optional(),
  paddingLength: z.number().optional(),
  signerPriv: hex.nullish(),
  signerPub: hex.nullish(),
  signature: hex.nullish(),
  nonce: hex.optional(),
  frame: blob,
  encrypted: blob,
  decodesTo: z.object({ data: hex, padding: hex, signed: z.boolean() }).optional(),
})

const archiveCase = z.object({
  name: z.string(),
  containsAmm: z.array(z.string()).optional(),
  input: z.object({
    topics: list(hex),
    start: z.number(),
    end: z.number(),
    partition: z.number(),
    appendTo: z.string().nullable(),
    messages: z.array(
      z.object({
        sigPriv: hex,
        timestamp: z.number(),
        topic: hex,
        payload: bytesSpec,
        padding: bytesSpec,
        hash: hex,
        thirdPartyId: z.string(),
      }),
    ),
  }),
  expected: z.object({
    archives: z.array(
      z.object({
        id: z.string(),
        from: z.number(),
        to: z.number(),
        messages: z.number(),
        dropped: z.number(),
        rawSize: z.number(),
        offset: z.number(),
        size: z.number(),
        padding: z.number(),
        metadata: hex,
        entry: hex,
        archive: blob,
      }),
    ),
    lastMessageArchiveEndDate: z.number(),
    signal: z.object({ name: z.string(), from: z.number(), to: z.number() }),
    dataLength: z.number().nullable(),
    dataSha256: hex.nullable(),
    index: blob.nullable(),
    indexIds: z.array(z.string()),
    torrent: z
      .object({
        infoHash: hex,
        infoBytesSha256: hex,
        pieces: z.union([list(hex), z.object({ count: z.number(), sha256: hex })]),
        torrentLength: z.number(),
        torrentSha256: hex,
        torrentHex: hex.optional(),
        magnet: z.string(),
      })
      .nullable(),
  }),
})
export type ArchiveCase = z.infer<typeof archiveCase>

const ratchetStep = z.object({
  seq: z.number(),
  chainKey: hex,
  nonce: hex,
  plaintext: blob,
  encryptedPayload: blob,
  protocolMessage: blob,
})
const encryptedBlob = z.object({ of: z.string(), seq: z.number(), nonce: hex, bytes: blob, plaintextSha256: hex })

const vectors = z.object({
  meta: z.looseObject({}),
  keys: list(
    z.object({
      name: z.string(),
      priv: hex,
      compressed: hex,
      cid: z.string(),
      uncompressed: hex,
      contactId: z.string(),
      adminTopicChatId: z.string(),
      compressedChatKey: z.string(),
      contactDiscoveryChatId: z.string(),
      contactDiscoveryTopic4: hex,
    }),
  ),
  chatIds: z.object({
    communityId: z.string(),
    channels: list(z.object({ uuid: z.string(), chatId: z.string() })),
    parse: list(z.object({ chatId: z.string(), communityId: z.string(), channelUuid: z.string() })),
    entries: list(
      z.object({
        name: z.string(),
        chatId: z.string(),
        length: z.number(),
        topic4: hex,
        contentTopic: z.string(),
        symKey: hex.optional(),
      }),
    ),
  }),
  contentTopicParse: list(z.object({ in: z.string(), topic4: hex.optional(), error: z.boolean().optional() })),
  pubsub: list(z.object({ cluster: z.number(), shard: z.number(), topic: z.string() })),
  wakuMessageHash: list(
    z.object({
      pubsub: z.string(),
      payload: bytesSpec,
      contentTopic: z.string(),
      meta: bytesSpec,
      timestamp: z.string().nullable(),
      hash: hex,
    }),
  ),
  amm: list(
    z.object({
      name: z.string(),
      type: z.number(),
      message: z.string(),
      fields,
      authorPriv: hex,
      payload: blob,
      payloadKeccak: hex,
      signature: hex,
      amm: blob,
      messageId: z.string(),
      signerContactId: z.string(),
    }),
  ),
  ammRules: z.string().min(1),
  protocolMessage: list(
    z.object({ amm: z.string(), installationId: z.string(), bytes: blob, decodedAmmId: z.string() }),
  ),
  rfc26Symmetric: list(frameVector),
  rfc26Asymmetric: list(
    z.object({
      name: z.string(),
      recipientPriv: hex,
      recipientPub: hex,
      ephemeralPriv: hex,
      iv: hex,
      data: bytesSpec,
      padding: bytesSpec,
      signerPriv: hex,
      frame: blob,
      encrypted: blob,
    }),
  ),
  segmentation: z.object({
    rule: z.string(),
    cases: list(
      z.object({
        payload: bytesSpec,
        segmentSize: z.number(),
        entireHash: hex,
        segments: z.number(),
        segmented: z.boolean(),
        parity: z.number(),
        messages: list(blob),
        reassembly: z.object({ order: list(z.number()), duplicateTolerated: z.boolean(), resultSha256: hex }),
      }),
    ),
    decoderTrap: z.object({ name: z.string(), bytes: blob, isSegment: z.boolean() }),
  }),
  hashRatchet: list(
    z.object({
      name: z.string(),
      groupId: hex,
      key: hex,
      timestamp: z.number(),
      keyId: hex,
      deprecatedKeyId: z.number(),
      installationId: z.string(),
      seqs: list(ratchetStep),
    }),
  ),
  hashRatchetSeq0: z.object({ note: z.string(), bytes: blob, decodedAmmId: z.string() }),
  sds: list(
    z.object({
      name: z.string(),
      fields: fields.optional(),
      bytes: blob,
      content: hex.optional(),
      isSds: z.boolean().optional(),
      decodedAmmId: z.string(),
      layers: z.array(z.string()).optional(),
    }),
  ),
  archives: z.object({
    rules: z.object({
      pieceLength: z.number(),
      maxArchiveWeight: z.number(),
      createdBy: z.string(),
      creationDate: z.number(),
      trackers: z.array(z.string()),
    }),
    cases: list(archiveCase),
  }),
  encryptedBlobs: z.object({
    key: hex,
    timestamp: z.number(),
    groupId: hex,
    keyId: hex,
    archive: encryptedBlob,
    index: encryptedBlob,
  }),
  logosStorage: z.object({
    cases: list(
      z.object({
        archivesOf: z.string(),
        entries: list(
          z.object({
            id: z.string(),
            cid: z.string(),
            entry: hex,
            archiveSha256: hex,
            archiveLength: z.number(),
          }),
        ),
        index: blob,
        indexCid: z.string(),
      }),
    ),
  }),
  announcements: list(
    z.object({
      name: z.string(),
      generation: z.string(),
      ammType: z.number(),
      clock: z.number(),
      link: z.string(),
      channelChatId: z.string(),
      topic4: hex,
      signerPriv: hex,
      signerCommunityId: z.string(),
      payload: hex,
      amm: blob,
      messageId: z.string(),
      protocolMessage: blob,
      expect: verdict,
    }),
  ),
  announcementState: z.object({
    steps: list(
      z.object({
        stored: z.object({ clock: z.number(), lastLink: z.string() }),
        msg: z.object({ clock: z.number(), link: z.string() }),
        act: z.string(),
        storeClock: z.number(),
      }),
    ),
  }),
  magnetParse: list(
    z.object({
      in: z.string(),
      infoHash: hex.optional(),
      name: z.string().nullish(),
      trackers: z.array(z.string()).optional(),
      error: z.boolean().optional(),
    }),
  ),
  communityDescription: list(
    z.object({
      name: z.string(),
      signerPriv: hex,
      fields,
      payload: blob,
      amm: blob,
      messageId: z.string(),
      wire: z.object({ N2_sds: blob }).optional(),
    }),
  ),
  join: z.object({
    requestIds: list(
      z.object({ member: z.string(), communityId: z.string(), preimage: z.string(), requestId: z.string() }),
    ),
    request: z.object({ fields, payload: hex, signerPriv: hex, amm: blob, messageId: z.string() }),
    response: z.object({
      fields,
      payload: hex,
      signerPriv: hex,
      amm: blob,
      messageId: z.string(),
      link: z.string(),
    }),
  }),
  negative: list(
    z.object({
      name: z.string(),
      kind: z.string(),
      input: fields,
      expect: z.object({ ok: z.literal(false), reason: z.string() }),
    }),
  ),
})
export type Vectors = z.infer<typeof vectors>

export const SECTIONS = Object.keys(vectors.shape)

/** @throws if the text is no JSON or not of this form. */
export function parseVectors(text: string): Vectors {
  return vectors.parse(JSON.parse(text))
}

export function loadVectors(path = process.env.CHRONICLE_VECTORS): Vectors {
  const file = path ? fromHere(path) : OWN_FILE
  try {
    return parseVectors(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`the test vectors in ${file} cannot be used`, { cause })
  }
}

/** From the current directory, or from where npm was called in a folder below the project. */
function fromHere(path: string): string {
  const here = resolve(path)
  const { INIT_CWD } = process.env
  return existsSync(here) || INIT_CWD === undefined ? here : resolve(INIT_CWD, path)
}
