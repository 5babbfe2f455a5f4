/** A community's description, and joining and leaving it. PROTOCOL.md §1.6, §10. */
import { isCommunityId } from '../../../shared/ids.ts'
import {
  CommunityCancelRequestToJoin,
  CommunityDescription,
  CommunityRequestToJoin,
  CommunityRequestToJoinResponse,
  CommunityRequestToLeave,
  CommunityUserKicked,
} from '../generated/schema.ts'
import { decode } from '../protobuf/decode.ts'
import { encode } from '../protobuf/encode.ts'
import type { Init } from '../protobuf/schema.ts'
import { carryUnknown } from '../protobuf/unknown.ts'
import { checkClock, checkCommunityKey, invalid, MESSAGE_LIMITS } from './rules.ts'

export type { CommunityChat, CommunityMember } from '../generated/schema.ts'
export {
  ChannelRole,
  CommunityAccess,
  CommunityMemberRole,
  CommunityTokenPermissionType,
} from '../generated/schema.ts'
export type {
  CommunityCancelRequestToJoin,
  CommunityDescription,
  CommunityRequestToJoin,
  CommunityRequestToJoinResponse,
  CommunityRequestToLeave,
  CommunityUserKicked,
}

const DESCRIPTION_LIMITS = { bytes: MESSAGE_LIMITS.bytes, items: 1_000_000 }

/** Clocks of requests count seconds, those of communities milliseconds: below it the one, from it on the other. */
const SECONDS_END = 100_000_000_000

/**
 * `before`: the encoded description that this one was made from. What it holds that this program does not know is
 * carried over, wherever the place it stood in is still there: nothing that another program wrote is lost by an edit.
 */
export function encodeCommunityDescription(description: Init<CommunityDescription>, before?: Uint8Array): Uint8Array {
  const encoded = encode(CommunityDescription, description)
  return before === undefined ? encoded : carryUnknown(CommunityDescription, before, encoded)
}
/** Whether its signer may speak for this community is the caller's to check. @throws {WireError} PROTOBUF, VALIDATION */
export function decodeCommunityDescription(bytes: Uint8Array): CommunityDescription {
  const description = decode(CommunityDescription, bytes, DESCRIPTION_LIMITS)
  checkClock(description.clock)
  if (!isCommunityId(description.id)) throw invalid('the description names no community')
  if (!description.permissions || !description.identity) throw invalid('the description has no permissions or no name')
  return description
}

/** What `privateData` holds: members, channels and the like, without what makes it a description. @throws {WireError} PROTOBUF */
export function decodePrivateDescription(bytes: Uint8Array): CommunityDescription {
  return decode(CommunityDescription, bytes, DESCRIPTION_LIMITS)
}

export function encodeRequestToJoin(request: Init<CommunityRequestToJoin>): Uint8Array {
  return encode(CommunityRequestToJoin, request)
}
/** @throws {WireError} PROTOBUF, VALIDATION */
export function decodeRequestToJoin(bytes: Uint8Array): CommunityRequestToJoin {
  const request = decode(CommunityRequestToJoin, bytes, MESSAGE_LIMITS)
  checkClock(request.clock)
  if (request.clock >= SECONDS_END) throw invalid('the clock of a request counts seconds')
  checkCommunityKey(request.communityId)
  return request
}

export function encodeCancelRequest(request: Init<CommunityCancelRequestToJoin>): Uint8Array {
  return encode(CommunityCancelRequestToJoin, request)
}
/** @throws {WireError} PROTOBUF, VALIDATION */
export function decodeCancelRequest(bytes: Uint8Array): CommunityCancelRequestToJoin {
  const request = decode(CommunityCancelRequestToJoin, bytes, MESSAGE_LIMITS)
  if (request.clock < SECONDS_END) throw invalid('the clock of a cancellation is the community’s, in milliseconds')
  checkCommunityKey(request.communityId)
  return request
}

export function encodeRequestToJoinResponse(response: Init<CommunityRequestToJoinResponse>): Uint8Array {
  return encode(CommunityRequestToJoinResponse, response)
}
/** @throws {WireError} PROTOBUF, VALIDATION */
export function decodeRequestToJoinResponse(bytes: Uint8Array): CommunityRequestToJoinResponse {
  const response = decode(CommunityRequestToJoinResponse, bytes, DESCRIPTION_LIMITS)
  checkClock(response.clock)
  checkCommunityKey(response.communityId)
  return response
}

export function encodeRequestToLeave(request: Init<CommunityRequestToLeave>): Uint8Array {
  return encode(CommunityRequestToLeave, request)
}
/** @throws {WireError} PROTOBUF, VALIDATION */
export function decodeRequestToLeave(bytes: Uint8Array): CommunityRequestToLeave {
  const request = decode(CommunityRequestToLeave, bytes, MESSAGE_LIMITS)
  checkClock(request.clock)
  checkCommunityKey(request.communityId)
  return request
}

export function encodeUserKicked(message: Init<CommunityUserKicked>): Uint8Array {
  return encode(CommunityUserKicked, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION */
export function decodeUserKicked(bytes: Uint8Array): CommunityUserKicked {
  const message = decode(CommunityUserKicked, bytes, MESSAGE_LIMITS)
  checkClock(message.clock)
  checkCommunityKey(message.communityId)
  return message
}
