/** What an owner changes in a community's channels. Pure, as description.ts is. PROTOCOL.md §1.6. */
import type { ContactId, Millis } from '../../shared/domain.ts'
import { emojiProblem, nameProblem, sameName, textProblem } from '../../shared/texts.ts'
import {
  ChannelRole,
  CommunityAccess,
  type CommunityChat,
  type CommunityDescription,
  type CommunityMember,
  decodeCommunityDescription,
  encodeCommunityDescription,
  isContactId,
} from '../wire/index.ts'
import { colorOf, refuse } from './checks.ts'
import { CommunityError } from './errors.ts'
import { isGated, privilegedIn } from './roles.ts'

export const MAX_CHANNELS = 500
export const MAX_POSTERS = 1000

export interface NewChannel {
  readonly name: string
  readonly description?: string | undefined
  readonly emoji?: string | undefined
  readonly color?: string | undefined
}
export interface NamedChannel extends NewChannel {
  /** Dashed, lower case, version 4. */
  readonly uuid: string
}
export type ChannelEdit = { readonly [K in keyof NewChannel]?: NewChannel[K] | undefined }

/** Who may write in a channel: every member, or those named and whoever runs the community. */
export interface ChannelPosting {
  readonly posters: 'everyone' | readonly ContactId[]
  /** Whether those who only read may react. */
  readonly viewersMayReact: boolean
}

/** @throws CommunityError `bad-channel`, `too-many-channels` */
export function withChannel(
  description: CommunityDescription,
  channel: NamedChannel,
  clock: Millis,
): CommunityDescription {
  if (description.chats.size >= MAX_CHANNELS) {
    throw new CommunityError('too-many-channels', `A community has at most ${MAX_CHANNELS} channels.`)
  }
  checkChannel(description, channel.uuid, channel)
  const position = Math.max(-1, ...[...description.chats.values()].map((chat) => chat.position)) + 1
  const identity = {
    displayName: channel.name,
    description: channel.description ?? '',
    emoji: channel.emoji ?? '',
    color: colorOf(channel.color ?? ''),
  }
  const chat = { permissions: { access: CommunityAccess.AUTO_ACCEPT }, identity, position }
  // By way of the codec, so that every field is there.
  const added = decodeCommunityDescription(
    encodeCommunityDescription({ ...description, members: new Map(), chats: new Map([[channel.uuid, chat]]) }),
  )
  return { ...description, clock, chats: new Map([...description.chats, ...added.chats]) }
}

/** The same description if nothing changes. @throws CommunityError `unknown-channel`, `bad-channel` */
export function withChannelEdited(
  description: CommunityDescription,
  uuid: string,
  edit: ChannelEdit,
  clock: Millis,
): CommunityDescription {
  const chat = chatOf(description, uuid)
  const { identity } = chat
  if (identity === undefined) throw new CommunityError('bad-channel', 'This channel has no name that could be edited.')
  checkChannel(description, uuid, edit)
  const shown = {
    displayName: edit.name ?? identity.displayName,
    description: edit.description ?? identity.description,
    emoji: edit.emoji ?? identity.emoji,
    color: edit.color === undefined ? identity.color : colorOf(edit.color),
  }
  const same = Object.entries(shown).every(([key, value]) => Reflect.get(identity, key) === value)
  return same ? description : withChat(description, uuid, { ...chat, identity: { ...identity, ...shown } }, clock)
}

/** What was said in it stays in the history of everybody. @throws CommunityError `unknown-channel`, `last-channel` */
export function withoutChannel(description: CommunityDescription, uuid: string, clock: Millis): CommunityDescription {
  chatOf(description, uuid)
  if (description.chats.size === 1) {
    throw new CommunityError('last-channel', 'A community keeps at least one channel: add another one first.')
  }
  const chats = new Map(description.chats)
  chats.delete(uuid)
  return { ...description, clock, chats }
}

/** In the order given; those not named follow in the order they had. @throws CommunityError `unknown-channel` */
export function withChannelOrder(
  description: CommunityDescription,
  uuids: readonly string[],
  clock: Millis,
): CommunityDescription {
  for (const uuid of uuids) chatOf(description, uuid)
  const order = [...new Set([...uuids, ...channelsInOrder(description)])]
  const position = new Map(order.map((uuid, index) => [uuid, index]))
  const chats = new Map(
    [...description.chats].map(([uuid, chat]) => [uuid, { ...chat, position: position.get(uuid) ?? chat.position }]),
  )
  const same = [...chats].every(([uuid, chat]) => chat.position === description.chats.get(uuid)?.position)
  return same ? description : { ...description, clock, chats }
}

/**
 * A channel where only some write names every member with a role of their own; one where everybody may names nobody
 * (PROTOCOL.md §10 step 2). @throws CommunityError `unknown-channel`, `too-many-posters`, `bad-channel` where tokens
 *   decide already
 */
export function withPosting(
  description: CommunityDescription,
  uuid: string,
  { posters, viewersMayReact }: ChannelPosting,
  clock: Millis,
): CommunityDescription {
  const chat = chatOf(description, uuid)
  if (isGated(description, uuid)) {
    throw new CommunityError('bad-channel', 'Token permissions decide who may write here; change them in Status.')
  }
  const chosen = posters === 'everyone' ? null : new Set(posters)
  if (chosen !== null && chosen.size > MAX_POSTERS) {
    throw new CommunityError('too-many-posters', `A channel names at most ${MAX_POSTERS} people who may write.`)
  }
  const members = new Map<string, CommunityMember>()
  if (chosen !== null) {
    for (const [person, member] of description.members) {
      const may = isContactId(person) && (chosen.has(person) || privilegedIn(member))
      members.set(person, { ...member, channelRole: may ? ChannelRole.POSTER : ChannelRole.VIEWER })
    }
  }
  return withChat(description, uuid, { ...chat, members, viewersCanPostReactions: viewersMayReact }, clock)
}

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

function chatOf(description: CommunityDescription, uuid: string): CommunityChat {
  const chat = description.chats.get(uuid)
  if (chat !== undefined) return chat
  throw new CommunityError('unknown-channel', 'This channel is not in the community, or was removed.')
}

function withChat(description: CommunityDescription, uuid: string, chat: CommunityChat, clock: Millis) {
  return { ...description, clock, chats: new Map([...description.chats, [uuid, chat]]) }
}

function checkChannel(description: CommunityDescription, uuid: string, edit: ChannelEdit): void {
  const { name } = edit
  if (name !== undefined) {
    refuse('bad-channel', 'The name of a channel', nameProblem(name))
    const taken = [...description.chats].some(
      ([other, chat]) => other !== uuid && sameName(chat.identity?.displayName ?? '', name),
    )
    if (taken) throw new CommunityError('bad-channel', `There is a channel “${name}” already.`)
  }
  refuse('bad-channel', 'The description of a channel', textProblem(edit.description ?? ''))
  refuse('bad-channel', 'The emoji of a channel', emojiProblem(edit.emoji ?? ''))
}
