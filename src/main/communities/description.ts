/**
 * What an owner says of a community as a whole, and changes in it. Pure: a description and a command in, the next
 * description out; channels.ts and members.ts do the same for theirs. Every change has a newer clock (PROTOCOL.md §10:
 * the greater of now and the last one + 1), and what a command does not name stays as it is.
 */
import type { CommunityId, Joining, Millis } from '../../shared/domain.ts'
import {
  emojiProblem,
  MAX_TAGS,
  MESSAGE_LENGTH,
  nameProblem,
  TAG_LENGTH,
  TEXT_LENGTH,
  textProblem,
} from '../../shared/texts.ts'
import {
  CommunityAccess,
  type CommunityDescription,
  CommunityMemberRole,
  contactIdOf,
  decodeCommunityDescription,
  encodeCommunityDescription,
} from '../wire/index.ts'
import { type NamedChannel, withChannel } from './channels.ts'
import { colorOf, refuse } from './checks.ts'

/** What is absent has its default in a new community, and stays as it is in one that is edited. */
export interface CommunityOptions {
  readonly emoji?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** Shown to who wants to join, and to who leaves. */
  readonly introMessage?: string | undefined
  readonly outroMessage?: string | undefined
  /** `open` unless given. */
  readonly joining?: Joining | undefined
  readonly membersMayPin?: boolean | undefined
  /** Whether it may be read without joining; yes unless given. */
  readonly openToRead?: boolean | undefined
}
export interface CommunityText extends CommunityOptions {
  readonly name: string
  readonly description: string
  readonly color: string
}
export type CommunityEdit = { readonly [K in keyof CommunityText]?: CommunityText[K] | undefined }

export function firstDescription(input: {
  readonly communityId: CommunityId
  /** 65 bytes. */
  readonly owner: Uint8Array
  readonly text: CommunityText
  readonly channels: readonly NamedChannel[]
  readonly clock: Millis
}): CommunityDescription {
  const { communityId, clock, channels, text } = input
  const member = { roles: [CommunityMemberRole.OWNER], lastUpdateClock: clock }
  const empty = decodeCommunityDescription(
    encodeCommunityDescription({
      clock,
      id: communityId,
      members: new Map([[contactIdOf(input.owner), member]]),
      permissions: { access: CommunityAccess.AUTO_ACCEPT },
      identity: { clock },
      adminSettings: {},
      activeMembersCount: 1,
    }),
  )
  const named = edited(empty, text, clock)
  return channels.reduce((description, channel) => withChannel(description, channel, clock), named)
}

/** The same description if nothing in it changes. @throws CommunityError `bad-name`, `bad-text` */
export function edited(description: CommunityDescription, edit: CommunityEdit, clock: Millis): CommunityDescription {
  const { identity, permissions, adminSettings } = description
  if (identity === undefined || permissions === undefined) throw new Error('a description without a name')
  const checked = checkEdit(edit)
  const { joining, membersMayPin, openToRead } = edit
  const shown = {
    displayName: checked.name ?? identity.displayName,
    description: checked.description ?? identity.description,
    color: checked.color ?? identity.color,
    emoji: checked.emoji ?? identity.emoji,
  }
  const settings = adminSettings ?? { pinMessageAllMembersEnabled: false, createThreadAllMembersEnabled: false }
  const next: CommunityDescription = {
    ...description,
    identity: { ...identity, ...shown },
    introMessage: checked.introMessage ?? description.introMessage,
    outroMessage: checked.outroMessage ?? description.outroMessage,
    tags: checked.tags === undefined ? description.tags : [...checked.tags],
    permissions: {
      ...permissions,
      access: joining === undefined ? permissions.access : accessOf[joining],
      private: openToRead === undefined ? permissions.private : !openToRead,
    },
    adminSettings: {
      ...settings,
      pinMessageAllMembersEnabled: membersMayPin ?? settings.pinMessageAllMembersEnabled,
    },
  }
  if (JSON.stringify(essence(next)) === JSON.stringify(essence(description))) return description
  return { ...next, clock, identity: { ...identity, ...shown, clock } }
}

const accessOf = { open: CommunityAccess.AUTO_ACCEPT, request: CommunityAccess.MANUAL_ACCEPT } as const

/** What `edited` may change, for comparing. */
const essence = ({ identity, permissions, adminSettings, introMessage, outroMessage, tags }: CommunityDescription) => [
  [identity?.displayName, identity?.description, identity?.color, identity?.emoji],
  [permissions?.access, permissions?.private, adminSettings?.pinMessageAllMembersEnabled ?? false],
  [introMessage, outroMessage, tags],
]

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

function checkEdit(edit: CommunityEdit): CommunityEdit {
  const { name, tags, introMessage, outroMessage, emoji, color } = edit
  const description = edit.description?.trim()
  if (name !== undefined) refuse('bad-name', 'The name of a community', nameProblem(name))
  if (description !== undefined) refuse('bad-text', 'A description', textProblem(description, TEXT_LENGTH))
  if (emoji !== undefined) refuse('bad-text', 'The emoji of a community', emojiProblem(emoji))
  for (const message of [introMessage ?? '', outroMessage ?? ''])
    refuse('bad-text', 'A message to those who join or leave', textProblem(message, MESSAGE_LENGTH))
  if (tags !== undefined && tags.length > MAX_TAGS) refuse('bad-text', 'A community', `has at most ${MAX_TAGS} tags`)
  for (const tag of tags ?? []) refuse('bad-text', 'A tag', nameProblem(tag, TAG_LENGTH))
  return { ...edit, description, color: color === undefined ? undefined : colorOf(color) }
}
