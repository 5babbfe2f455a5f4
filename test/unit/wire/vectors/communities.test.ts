/** communityDescription, join */
import { describe, expect, it } from 'vitest'
import {
  CommunityDescription,
  CommunityRequestToJoin,
  CommunityRequestToJoinResponse,
} from '../../../../src/main/wire/generated/schema.ts'
import {
  ApplicationType,
  bytesToHex,
  decodeMessage,
  encodeApplicationMessage,
  encodeCommunityDescription,
  encodeRequestToJoin,
  encodeRequestToJoinResponse,
  encodeSds,
  hexToBytes,
  keccak256,
  openApplicationMessage,
  parseChatId,
  requestToJoinId,
  toHex0x,
  unwrap,
  utf8,
} from '../../../../src/main/wire/index.ts'
import type { ContactId } from '../../../../src/shared/domain.ts'
import { blobBytes, expectBlob, fieldsOf, named, record, sha256, vectors } from './forms.ts'

const { requestIds, request, response } = vectors.join
const communityId = parseChatId(vectors.chatIds.channels[0]?.chatId ?? '').communityId

describe('communityDescription', () => {
  it.each(named(vectors.communityDescription, ({ name }) => name))('%s', (_name, vector) => {
    const fields = fieldsOf(CommunityDescription, vector.fields)
    const payload = encodeCommunityDescription(fields)
    expectBlob(payload, vector.payload)
    const type = ApplicationType.COMMUNITY_DESCRIPTION
    const message = encodeApplicationMessage({ type, payload }, hexToBytes(vector.signerPriv))
    expectBlob(message, vector.amm)
    const opened = openApplicationMessage(message)
    expect(opened.id).toBe(vector.messageId)
    const inner = decodeMessage(opened)
    if (inner.kind !== 'community-description') throw new Error(`it was taken for ${inner.kind}`)
    expect(encodeCommunityDescription(inner.body)).toEqual(payload)
    expect(inner.body.id).toBe(communityId)
  })

  const wrapped = vectors.communityDescription.filter(({ wire }) => wire !== undefined)

  it('some description is wrapped in data sync', () => {
    expect(wrapped.length).toBeGreaterThan(0)
  })

  it.each(named(wrapped, ({ name }) => name))('%s, wrapped in data sync', (_name, vector) => {
    const content = blobBytes(vector.amm)
    const expected = vector.wire?.N2_sds
    if (!expected) throw new Error('the vector has no wrapped form')
    // The file gives the result by its hash and not its time, which is near that of its other wrapped messages.
    const near = Number(record(vectors.sds.find(({ fields }) => fields !== undefined)?.fields).lamport)
    const found = Array.from({ length: 2001 }, (_, step) =>
      encodeSds({
        messageId: toHex0x(keccak256(content)),
        lamportTimestamp: near - 1000 + step,
        channelId: communityId,
        content,
      }),
    ).find((bytes) => !('sha256' in expected) || sha256(bytes) === expected.sha256)
    const bytes = 'hex' in expected ? hexToBytes(expected.hex) : found
    if (!bytes) throw new Error('no time makes the wrapped form')
    expectBlob(bytes, expected)
    expect(unwrap(bytes)).toEqual({ kind: 'application', bytes: content, keyExchange: null })
  })
})

describe('join', () => {
  it.each(named(requestIds, ({ member }) => member))('the request of %s has its id', (member, vector) => {
    expect(requestToJoinId(member as ContactId, communityId)).toBe(vector.requestId)
    expect(vector.communityId).toBe(communityId)
    expect(toHex0x(keccak256(utf8(vector.preimage)))).toBe(vector.requestId)
  })

  it('request', () => {
    const payload = encodeRequestToJoin(fieldsOf(CommunityRequestToJoin, request.fields))
    expect(bytesToHex(payload)).toBe(request.payload)
    const opened = reopen(ApplicationType.COMMUNITY_REQUEST_TO_JOIN, payload, request)
    expect(decodeMessage(opened)).toMatchObject({
      kind: 'request-to-join',
      body: fieldsOf(CommunityRequestToJoin, request.fields),
    })
  })

  it('response', () => {
    const fields = fieldsOf(CommunityRequestToJoinResponse, response.fields)
    const payload = encodeRequestToJoinResponse(fields)
    expect(bytesToHex(payload)).toBe(response.payload)
    const opened = reopen(ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE, payload, response)
    const inner = decodeMessage(opened)
    expect(inner).toMatchObject({ kind: 'request-to-join-response', body: { ...fields, archiveLink: response.link } })
  })
})

function reopen(type: number, payload: Uint8Array, vector: typeof request) {
  const message = encodeApplicationMessage({ type, payload }, hexToBytes(vector.signerPriv))
  expectBlob(message, vector.amm)
  const opened = openApplicationMessage(message)
  expect(opened.id).toBe(vector.messageId)
  return opened
}
