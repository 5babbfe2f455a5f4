/**
 * What a description of an encrypted community shows to everybody and what only to members: cut apart for publishing,
 * put together for reading. Pure. PROTOCOL.md §3.10; RULES.md R6.1.
 */
import type { ContactId } from '../../shared/domain.ts'
import {
  type CommunityDescription,
  CommunityTokenPermissionType,
  decodePrivateDescription,
  encodeCommunityDescription,
  type FindMessageKey,
  type HRKey,
  openPrivateData,
  type RatchetStep,
  readPrivateDataName,
  sealPrivateData,
  WireError,
} from '../wire/index.ts'
import { bannedOf, membersOf } from './roles.ts'

/** Parts of one description that are looked at: one of the community, and one for each channel with keys of its own. */
const MOST_PARTS = 1000

/** Chosen when a community is created: only who holds its group keys reads what is said in it. */
export function isEncrypted(description: CommunityDescription): boolean {
  const permissions = [...description.tokenPermissions.values()]
  return permissions.some(({ type }) => type === CommunityTokenPermissionType.BECOME_MEMBER)
}

/** A channel with permissions of its own has group keys of its own. */
export function hasOwnKeys(description: CommunityDescription, chatId: string): boolean {
  const { CAN_VIEW_CHANNEL, CAN_VIEW_AND_POST_CHANNEL } = CommunityTokenPermissionType
  return [...description.tokenPermissions.values()].some(
    ({ type, chatIds }) =>
      (type === CAN_VIEW_CHANNEL || type === CAN_VIEW_AND_POST_CHANNEL) && chatIds.includes(chatId),
  )
}

/** As it is chosen: a permission that asks for nothing. */
export function withMembersOnly(description: CommunityDescription, id: string): CommunityDescription {
  const permission = {
    id,
    type: CommunityTokenPermissionType.BECOME_MEMBER,
    tokenCriteria: [],
    chatIds: [],
    isPrivate: false,
  }
  return { ...description, tokenPermissions: new Map([...description.tokenPermissions, [id, permission]]) }
}

/** As it is published: members, channels and categories, and the earlier keys, under the group key of `step`. */
export function conceal(
  description: CommunityDescription,
  step: RatchetStep,
  earlierKeys: readonly HRKey[],
  nonce: Uint8Array,
): CommunityDescription {
  const { members, activeMembersCount, chats, categories } = description
  const hidden = encodeCommunityDescription({ members, activeMembersCount, chats, categories, earlierKeys })
  return { ...withoutPrivate(description), privateData: new Map([sealPrivateData(step, hidden, nonce)]) }
}

export interface OpenedDescription {
  readonly description: CommunityDescription
  /** Nothing of its private part could be read. */
  readonly locked: boolean
}

/** As it is read with the keys there are. What of it no key opens is as if it were not there. */
export function reveal(description: CommunityDescription, findKey: FindMessageKey): OpenedDescription {
  if (description.privateData.size === 0) return { description, locked: false }
  let opened = { ...withoutPrivate(description), privateData: description.privateData }
  for (const [name, value] of [...description.privateData].slice(0, MOST_PARTS)) {
    const part = readPart(name, value, findKey)
    if (part !== null) opened = withPart(opened, part)
  }
  return { description: opened, locked: opened.members.size === 0 }
}

/** A newer description of which only the public part can be read, with the private one of an older. */
export function withPrivatePartOf(description: CommunityDescription, older: CommunityDescription) {
  const { members, activeMembersCount, chats, categories } = older
  return { ...description, members, activeMembersCount, chats, categories }
}

/** The ids of the group keys that the community itself, by its signature, says are its own. */
export function namedKeys(description: CommunityDescription): readonly { keyId: Uint8Array; seqNo: number }[] {
  return [...description.privateData.keys()].slice(0, MOST_PARTS).flatMap((name) => readPrivateDataName(name) ?? [])
}

/** Somebody of the old description is no member by the new one, or may not be any more: the key has to change. */
export function shutsOut(before: CommunityDescription, after: CommunityDescription): boolean {
  const now = readersOf(after)
  return [...readersOf(before)].some((person) => !now.has(person))
}

/** Who is given the group key. */
export function readersOf(description: CommunityDescription): Set<ContactId> {
  const banned = bannedOf(description)
  return new Set([...membersOf(description)].filter((person) => !banned.has(person)))
}

function withoutPrivate(description: CommunityDescription): CommunityDescription {
  const nothing = { members: new Map(), activeMembersCount: 0, chats: new Map(), categories: new Map() }
  return { ...description, ...nothing, earlierKeys: [], privateData: new Map() }
}

function readPart(name: string, value: Uint8Array, findKey: FindMessageKey): CommunityDescription | null {
  try {
    return decodePrivateDescription(openPrivateData(name, value, findKey))
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

function withPart(whole: CommunityDescription, part: CommunityDescription): CommunityDescription {
  return {
    ...whole,
    members: new Map([...whole.members, ...part.members]),
    activeMembersCount: Math.max(whole.activeMembersCount, part.activeMembersCount),
    chats: new Map([...whole.chats, ...part.chats]),
    categories: new Map([...whole.categories, ...part.categories]),
    earlierKeys: [...whole.earlierKeys, ...part.earlierKeys],
  }
}
