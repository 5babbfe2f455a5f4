/** What is said, in all its layers: the frame of a Waku payload, envelopes, data sync, segments, and each inner message. */
import {
  ApplicationMetadataMessage,
  ChatMessage,
  CommunityCancelRequestToJoin,
  CommunityDescription,
  CommunityMessageArchiveLink,
  CommunityRequestToJoin,
  CommunityRequestToJoinResponse,
  CommunityRequestToLeave,
  CommunityUserKicked,
  DeleteMessage,
  EditMessage,
  EmojiReaction,
  PinMessage,
  ThreadMetadata,
} from '../../../src/main/wire/generated/schema.ts'
import * as wire from '../../../src/main/wire/index.ts'
import { decode } from '../../../src/main/wire/protobuf/decode.ts'
import { encode } from '../../../src/main/wire/protobuf/encode.ts'
import type { MessageShape } from '../../../src/main/wire/protobuf/schema.ts'
import { sealGcm } from '../../../src/main/wire/rfc26.ts'
import { OWNER, SHAPES } from '../../unit/wire/support.ts'
import { decoding, roundTrip, type Target } from './target.ts'
import { bytesCalled, samples, vectors } from './vectors.ts'

const key = new Uint8Array(32).fill(7)
const nonce = new Uint8Array(12).fill(8)
const spoken = [vectors.amm, vectors.announcements, vectors.communityDescription, vectors.join, vectors.negative]
const envelopes = () => bytesCalled('amm', spoken)
const payloads = () => bytesCalled('payload', spoken)

/** An inner message, from the vectors of all types and from values of its own shape: types share layouts. */
function inner(name: string, shape: MessageShape<unknown>, decodeInner: (bytes: Uint8Array) => unknown): Target {
  return {
    name,
    seeds: () => [...payloads(), ...samples(shape)],
    run: (input) => {
      decodeInner(input)
      return roundTrip(
        (bytes) => decode(shape, bytes),
        (value) => encode(shape, value),
      )(input) as undefined
    },
  }
}

export const wireTargets: readonly Target[] = [
  {
    name: 'signed message, opened and read',
    slow: true,
    seeds: envelopes,
    run: decoding((input) => wire.decodeMessage(wire.openApplicationMessage(input))),
  },
  inner('application metadata', ApplicationMetadataMessage, (bytes) => bytes),
  inner('chat message', ChatMessage, wire.decodeChat),
  inner('edit', EditMessage, wire.decodeEdit),
  inner('deletion', DeleteMessage, wire.decodeDelete),
  inner('pin', PinMessage, wire.decodePin),
  inner('reaction', EmojiReaction, wire.decodeReaction),
  inner('thread', ThreadMetadata, wire.decodeThreadMetadata),
  inner('archive announcement', CommunityMessageArchiveLink, wire.decodeArchiveLink),
  inner('community description', CommunityDescription, wire.decodeCommunityDescription),
  inner('request to join', CommunityRequestToJoin, wire.decodeRequestToJoin),
  inner('cancelled request', CommunityCancelRequestToJoin, wire.decodeCancelRequest),
  inner('answer to a request', CommunityRequestToJoinResponse, wire.decodeRequestToJoinResponse),
  inner('leaving', CommunityRequestToLeave, wire.decodeRequestToLeave),
  inner('kick', CommunityUserKicked, wire.decodeUserKicked),
  {
    name: 'description, edited around what is unknown',
    seeds: () => [...bytesCalled('payload', vectors.communityDescription), ...samples(CommunityDescription)],
    run: (input) => {
      const description = wire.decodeCommunityDescription(input)
      return roundTrip(wire.decodeCommunityDescription, (value) =>
        wire.encodeCommunityDescription({ ...value, clock: description.clock }, input),
      )(input) as undefined
    },
  },
  {
    name: 'any message of the schema',
    seeds: () => SHAPES.flatMap((shape, at) => samples(shape, 4).map((bytes) => Uint8Array.of(at, ...bytes))),
    run: (input) => {
      const shape = SHAPES[(input[0] ?? 0) % SHAPES.length] ?? ChatMessage
      return roundTrip(
        (bytes) => decode(shape, bytes),
        (value) => encode(shape, value),
      )(input.subarray(1)) as undefined
    },
  },
  {
    name: 'layers of a payload',
    seeds: () => [
      ...bytesCalled('protocolMessage', vectors),
      ...bytesCalled('bytes', [vectors.protocolMessage, vectors.sds, vectors.hashRatchetSeq0]),
      ...bytesCalled('messages', vectors.segmentation),
      ...envelopes(),
    ],
    run: (input) => {
      const layer = wire.unwrap(input)
      wire.installationOf(input)
      wire.isEncryptedBlob(input)
      return layer.kind === 'application' ? undefined : layer.kind
    },
  },
  {
    name: 'data sync',
    seeds: () => bytesCalled('bytes', vectors.sds),
    run: (input) => {
      const opened = wire.openSds(input)
      if (opened === null) return 'none'
      return roundTrip((bytes) => wire.openSds(bytes) ?? opened, wire.encodeSds)(input) as undefined
    },
  },
  {
    name: 'segments, put together',
    seeds: segmentSeeds,
    run: (input) => {
      const pieces = prefixed(input).map(wire.asSegment)
      wire.reassemble(pieces.filter((piece) => piece !== null))
      return undefined
    },
  },
  {
    name: 'frame of a sealed payload',
    slow: true,
    seeds: () => bytesCalled('frame', vectors.rfc26Symmetric),
    run: (input) => {
      // What somebody with the key can send: any frame, sealed as it should be.
      wire.openSymmetric(sealGcm(input, key, nonce), key)
      return undefined
    },
  },
  {
    name: 'sealed payload',
    slow: true,
    seeds: () => bytesCalled('encrypted', [vectors.rfc26Symmetric, vectors.rfc26Asymmetric]),
    run: (input) => {
      if (input[0] === 4) wire.openAsymmetric(input, OWNER)
      else wire.openSymmetric(input, key)
      return undefined
    },
  },
  {
    name: 'group message',
    slow: true,
    seeds: () => bytesCalled('protocolMessage', vectors.hashRatchet),
    run: (input) => {
      const layer = wire.openProtocol(input)
      if (layer.kind !== 'ratchet') return layer.kind
      wire.openRatchet(layer, (_, at) => wire.chainKey(key, Math.min(at, 50)))
      return undefined
    },
  },
]

/** Messages behind each other, each behind its length in two bytes. */
function prefixed(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let place = 0; place + 2 <= input.length && parts.length < 300; ) {
    const length = (input[place] ?? 0) | ((input[place + 1] ?? 0) << 8)
    parts.push(input.subarray(place + 2, place + 2 + length))
    place += 2 + length
  }
  return parts
}

/** All of a payload's segments, some without those that parity makes up for. */
function segmentSeeds(): Uint8Array[] {
  return [150, 1000, 2000].map((length) => {
    const parts = wire.segment(
      Uint8Array.from({ length }, (_, at) => at % 251),
      100,
    )
    const left = length === 2000 ? parts.slice(1) : parts
    return wire.joinBytes(
      left.flatMap((part) => [Uint8Array.of(part.length & 255, part.length >> 8), new Uint8Array(part)]),
    )
  })
}
