/**
 * What an owner changes in a community's description. Pure: a description and a command in, the next description out.
 * Every change has a newer clock (PROTOCOL.md §10: the greater of now and the last one + 1).
 */
import type { CommunityId, ContactId, Millis } from '../../shared/domain.ts'
import {
  CommunityAccess,
  type CommunityDescription,
  CommunityMemberRole,
  contactIdOf,
  decodeCommunityDescription,
  encodeCommunityDescription,
} from '../wire/index.ts'
import { CommunityError } from './errors.ts'
import { bannedOf } from './roles.ts'

export const MAX_CHANNELS = 500
const NAME_LENGTH = 100
const TEXT_LENGTH = 500
const DEFAULT_COLOR = '#4360df'

export interface NewChannel {
  readonly name: string
  readonly description?: string
  readonly emoji?: string
  readonly color?: string
}
export interface NamedChannel extends NewChannel {
  /** Dashed, lower case, version 4. */
  readonly uuid: string
}

export interface CommunityText {
  readonly name: string
  readonly description: string
  readonly color: string
}

export function firstDescription(input: {
  readonly communityId: CommunityId
  /** 65 bytes. */
  readonly owner: Uint8Array
  readonly text: CommunityText
  readonly channels: readonly NamedChannel[]
  readonly clock: Millis
}): CommunityDescription {
  const { communityId, clock, channels } = input
  const text = checkText(input.text)
  const member = { roles: [CommunityMemberRole.OWNER], lastUpdateClock: clock }
  const empty = filled({
    clock,
    id: communityId,
    members: new Map([[contactIdOf(input.owner), member]]),
    permissions: { access: CommunityAccess.AUTO_ACCEPT },
    identity: { clock, displayName: text.name, description: text.description, color: text.color },
    adminSettings: {},
    activeMembersCount: 1,
  })
  return channels.reduce((description, channel) => withChannel(description, channel, clock), empty)
}

/** The same description if they are all in it already; banned people are not let in. */
export function withMembers(
  description: CommunityDescription,
  people: Iterable<ContactId>,
  clock: Millis,
): CommunityDescription {
  const banned = bannedOf(description)
  const members = new Map(description.members)
  for (const person of people) {
    if (members.has(person) || banned.has(person)) continue
    members.set(person, { roles: [], lastUpdateClock: clock, channelRole: 0 })
  }
  if (members.size === description.members.size) return description
  return { ...description, clock, members, activeMembersCount: members.size }
}

/** The same description if the person is not in it, or owns it. */
export function withoutMember(
  description: CommunityDescription,
  person: ContactId,
  clock: Millis,
): CommunityDescription {
  const member = description.members.get(person)
  if (member === undefined || member.roles.includes(CommunityMemberRole.OWNER)) return description
  const members = new Map(description.members)
  members.delete(person)
  const chats = new Map(
    [...description.chats].map(([uuid, chat]) => {
      const inside = new Map(chat.members)
      inside.delete(person)
      return [uuid, { ...chat, members: inside }]
    }),
  )
  return { ...description, clock, members, chats, activeMembersCount: members.size }
}

/** @throws CommunityError `bad-channel`, `too-many-channels` */
export function withChannel(
  description: CommunityDescription,
  channel: NamedChannel,
  clock: Millis,
): CommunityDescription {
  const name = checkName(channel.name, 'bad-channel', 'A channel')
  if (description.chats.size >= MAX_CHANNELS) {
    throw new CommunityError('too-many-channels', `A community has at most ${MAX_CHANNELS} channels.`)
  }
  const taken = [...description.chats.values()].some((chat) => chat.identity?.displayName === name)
  if (taken) throw new CommunityError('bad-channel', `There is a channel “${name}” already.`)
  const position = Math.max(-1, ...[...description.chats.values()].map((chat) => chat.position)) + 1
  const identity = {
    displayName: name,
    description: channel.description ?? '',
    emoji: channel.emoji ?? '',
    color: channel.color ?? DEFAULT_COLOR,
  }
  const chat = { permissions: { access: CommunityAccess.AUTO_ACCEPT }, identity, position }
  const added = filled({ ...description, members: new Map(), chats: new Map([[channel.uuid, chat]]) })
  return { ...description, clock, chats: new Map([...description.chats, ...added.chats]) }
}

/** With the clock of a newer publication of archives (§5.7), the same description otherwise. */
export function withArchiveClock(
  description: CommunityDescription,
  archiveClock: Millis,
  now: Millis,
): CommunityDescription {
  if (archiveClock <= description.archiveLinkClock) return description
  return { ...description, clock: nextClock(description, now), archiveLinkClock: archiveClock }
}

export const nextClock = (description: Pick<CommunityDescription, 'clock'>, now: Millis): Millis =>
  Math.max(now, description.clock + 1) as Millis

/** Channels in the order the community gives them. */
export function channelsInOrder(description: CommunityDescription): string[] {
  return [...description.chats]
    .sort(([a, chatA], [b, chatB]) => chatA.position - chatB.position || (a < b ? -1 : 1))
    .map(([uuid]) => uuid)
}

/** 16 random bytes as a version 4 uuid. */
export function channelUuid(random: Uint8Array): string {
  const bytes = Buffer.from(random.subarray(0, 16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function checkText(text: CommunityText): CommunityText {
  const description = text.description.trim()
  if (lengthOf(description) > TEXT_LENGTH) {
    throw new CommunityError('bad-name', `A description has at most ${TEXT_LENGTH} characters.`)
  }
  const color = /^#[0-9a-fA-F]{6}$/.test(text.color) ? text.color.toLowerCase() : DEFAULT_COLOR
  return { name: checkName(text.name, 'bad-name', 'A community'), description, color }
}

/** As it is given: front ends trim, an import keeps what it finds. */
function checkName(name: string, code: 'bad-name' | 'bad-channel', what: string): string {
  if (lengthOf(name) >= 1 && lengthOf(name) <= NAME_LENGTH) return name
  throw new CommunityError(code, `${what} needs a name of 1 to ${NAME_LENGTH} characters.`)
}

/** Characters, not UTF-16 units. */
const lengthOf = (text: string): number => [...text].length

/** Every field present, by way of the codec: what is not said has its default. */
function filled(init: Parameters<typeof encodeCommunityDescription>[0]): CommunityDescription {
  return decodeCommunityDescription(encodeCommunityDescription(init))
}
