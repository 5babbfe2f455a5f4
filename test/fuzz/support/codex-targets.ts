/** What nodes of Codex and Logos Storage say: CIDs, manifests, the exchange of blocks in both its forms, REST answers. */
import type { z } from 'zod'
import {
  textOf as answerText,
  existsShape,
  fetchShape,
  infoShape,
  jsonOf,
  manifestShape,
  progressShape,
  spaceShape,
} from '../../../src/main/distribution/codex/external/answers.ts'
import { bindManifest } from '../../../src/main/distribution/codex/external/manifest.ts'
import * as wire from '../../../src/main/wire/index.ts'
import { decoding, json, roundTrip, type Target, textOf, utf8s } from './target.ts'
import { bytesCalled, vectors } from './vectors.ts'

const root = new Uint8Array(32).fill(9)
const digest = new Uint8Array(32).fill(4)
const whole = { root, blockSize: 65_536, size: 200_000, filename: 'index', mimetype: 'application/octet-stream' }
const nameless = { ...whole, filename: null, mimetype: null }
const manifests = () =>
  wire.manifestFormats.flatMap((format) => [wire.encodeManifest(whole, format), wire.encodeManifest(nameless, format)])
const manifestCid = wire.manifestCidText(digest)
const treeCid = wire.codexCidText(wire.encodeCodexCid('tree', root))
const proof = { index: 3, leaves: 4, path: [digest, root] }
const block = { kind: 'block', root, index: 3 } as const

export const olderMessages = (): Uint8Array[] =>
  [
    { wants: [{ address: block, wants: 'block', cancel: false, sendDontHave: true }], deliveries: [], presences: [] },
    { wants: [], deliveries: [{ address: block, data: digest, digest, proof }], presences: [] },
    {
      wants: [
        { address: { kind: 'manifest', cid: manifestCid }, wants: 'presence', cancel: true, sendDontHave: false },
      ],
      deliveries: [],
      presences: [{ address: block, has: true }],
    } as const,
  ].map((message) => wire.joinBytes(wire.encodeOlderMessage(message as wire.OlderMessage)))

const withoutLength = (message: Uint8Array): Uint8Array => message.subarray((message[0] ?? 0) < 0x80 ? 1 : 2)

export const controls = (): Uint8Array[] => {
  const want = { root, start: 0, count: 5, cancel: false, sendDontHave: true, downloadId: 2n ** 63n }
  const ranges = [{ start: 1, count: 3 }]
  return [
    wire.encodeControl({ wants: [want], presences: [] }),
    wire.encodeControl({ wants: [], presences: [{ root, kind: 'ranges', ranges, downloadId: 7n }] }),
  ]
}
export const request = (): Uint8Array =>
  wire.encodeBlocksRequest({
    id: 5n,
    root,
    ranges: [
      { start: 0, count: 2 },
      { start: 9, count: 1 },
    ],
  })
/** Answers the first request of a stream. */
export const response = (): Uint8Array =>
  wire.joinBytes(wire.encodeBlocksResponse(1n, root, [{ ...proof, digest, data: new Uint8Array(64) }]))
export const askedTree = root

function answer(name: string, shape: z.ZodType, example: unknown): Target {
  return {
    name: `REST: ${name}`,
    seeds: () => [json(example), ...utf8s('{"a":[[[[[[[[1]]]]]]]]}', '"\\ud800"')],
    run: (input) => {
      answerText(input.subarray(0, 4096), 4096)
      jsonOf(input, shape)
      return undefined
    },
  }
}

export const codexTargets: readonly Target[] = [
  {
    name: 'CID of a manifest',
    seeds: () => utf8s(manifestCid, treeCid, ...vectors.logosStorage.cases.map((one) => one.indexCid)),
    run: roundTrip(
      (input) => wire.parseManifestCid(textOf(input)),
      (parsed) => Buffer.from(wire.manifestCidText(parsed)),
    ),
  },
  {
    name: 'CID of a tree',
    seeds: () => utf8s(treeCid, manifestCid),
    run: roundTrip(
      (input) => wire.parseTreeCid(textOf(input)),
      (parsed) => Buffer.from(wire.codexCidText(wire.encodeCodexCid('tree', parsed))),
    ),
  },
  {
    name: 'manifest',
    seeds: manifests,
    run: roundTrip(wire.decodeManifest, (manifest) => wire.encodeManifest(manifest, manifest.format)),
  },
  {
    name: 'control message',
    seeds: () => controls().map((frame) => frame.subarray(wire.FRAME_HEADER)),
    run: roundTrip(wire.decodeControl, (control) => wire.encodeControl(control).subarray(wire.FRAME_HEADER)),
  },
  {
    name: 'request for blocks',
    seeds: () => [request().subarray(wire.FRAME_HEADER)],
    run: roundTrip(wire.decodeBlocksRequest, (asked) => wire.encodeBlocksRequest(asked).subarray(wire.FRAME_HEADER)),
  },
  {
    name: 'meta of a response',
    seeds: () => {
      const bytes = response().subarray(wire.FRAME_HEADER + 4)
      return [bytes.subarray(0, bytes.length - 64)]
    },
    run: (input) => {
      for (const { index, digest: of, leaves, path } of wire.decodeResponseMeta(input).blocks)
        wire.proofRoot(of, index, leaves, path)
      return undefined
    },
  },
  {
    name: 'older exchange message',
    seeds: () => olderMessages().map(withoutLength),
    run: roundTrip(wire.decodeOlderMessage, (message) => withoutVarint(wire.encodeOlderMessage(message))),
  },
  {
    name: 'question for acquaintances',
    seeds: () => [wire.encodeAcquaintanceQuestion({ port: 70, manifests: [manifestCid, manifestCid] }).subarray(2)],
    run: roundTrip(wire.decodeAcquaintanceQuestion, (value) => wire.encodeAcquaintanceQuestion(value).subarray(2)),
  },
  {
    name: 'acquaintances',
    seeds: () => [wire.encodeAcquaintanceAnswer(['/ip4/1.2.3.4/tcp/1/p2p/16U', 'é']).subarray(2)],
    run: roundTrip(wire.decodeAcquaintanceAnswer, (value) => wire.encodeAcquaintanceAnswer(value).subarray(2)),
  },
  {
    name: 'REST: manifest, bound to its CID',
    seeds: () => [
      json({
        cid: manifestCid,
        manifest: { treeCid, datasetSize: 200_000, blockSize: 65_536, filename: 'a', mimetype: 'a/b' },
      }),
      json({ manifest: { treeCid, datasetSize: 1, blockSize: 4096, protected: false } }),
    ],
    run: decoding((input) => bindManifest(manifestCid, jsonOf(input, manifestShape).manifest)),
  },
  answer('info', infoShape, {
    id: '16U',
    addrs: ['/ip4/1.2.3.4/tcp/8070'],
    spr: 'spr:x',
    storage: { version: 'v0.4' },
  }),
  answer('space', spaceShape, { quotaMaxBytes: 100, quotaUsedBytes: 1, quotaReservedBytes: 0 }),
  answer('fetch', fetchShape, { downloadId: 17 }),
  answer('progress', progressShape, { active: true, received: 1, total: 2, bytes: 3 }),
  answer('exists', existsShape, { [manifestCid]: true }),
  {
    name: 'proof of a block',
    seeds: () => bytesCalled('entry', vectors.logosStorage),
    run: (input) => {
      const path = Array.from({ length: (input[0] ?? 0) % 70 }, () => digest)
      const [index = 0, leaves = 0] = [input[1], (input[2] ?? 0) * 2 ** ((input[3] ?? 0) % 32)]
      return wire.proofRoot(digest, index, leaves, path) === null ? 'no proof' : undefined
    },
  },
]

/** A message without the length in front of it, which is its first part. */
function withoutVarint([, ...parts]: readonly Uint8Array[]): Uint8Array {
  return wire.joinBytes(parts)
}
