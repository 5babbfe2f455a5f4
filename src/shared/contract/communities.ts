/** Communities: founding, joining, and what their owners decide. */
import { z } from 'zod'
import {
  emojiProblem,
  MAX_TAGS,
  MESSAGE_LENGTH,
  NAME_LENGTH,
  nameProblem,
  TAG_LENGTH,
  TEXT_LENGTH,
  textProblem,
} from '../texts.ts'
import {
  chatId,
  community,
  communityId,
  contactId,
  done,
  joining,
  joinRequest,
  member,
  millis,
  nothing,
  password,
} from './nouns.ts'

/** Bounded before anything looks at its characters, then by the rules of texts.ts. */
const checked = (length: number, problem: (text: string) => string | null) =>
  z
    .string()
    .max(2 * length)
    .trim()
    .superRefine((text, context) => {
      const wrong = problem(text)
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong })
    })
const shownName = (length: number) => checked(length, (text) => nameProblem(text, length))
const shownText = (length: number) => checked(length, (text) => textProblem(text, length))

const name = shownName(NAME_LENGTH)
const emoji = checked(32, emojiProblem)
const color = z.string().regex(/^#[0-9a-fA-F]{6}$/)
const description = shownText(TEXT_LENGTH)
const options = {
  emoji: emoji.optional(),
  tags: z.array(shownName(TAG_LENGTH)).max(MAX_TAGS).optional(),
  introMessage: shownText(MESSAGE_LENGTH).optional(),
  outroMessage: shownText(MESSAGE_LENGTH).optional(),
  joining: joining.optional(),
  membersMayPin: z.boolean().optional(),
  openToRead: z.boolean().optional(),
}
const channel = { name, description: description.optional(), emoji: emoji.optional(), color: color.optional() }
/** An id, or a link as Status clients make them. */
const invitation = z.union([z.object({ id: communityId }), z.object({ link: z.string().max(4096) })])
/** At most as many as one answer of a person's can mean. */
const people = z.array(contactId).min(1).max(100)
const limit = z.int().min(1).max(200)

export const communityRequests = {
  'communities.list': { input: nothing, output: z.array(community).readonly() },
  'communities.create': {
    input: z.object({
      name,
      description,
      color,
      ...options,
      channels: z.array(name).min(1).max(50),
      historyArchives: z.boolean(),
      /** Only members can read it; it cannot be changed later. */
      encrypted: z.boolean().default(false),
    }),
    output: community,
  },
  /** What is left out stays as it is. */
  'communities.edit': {
    input: z.object({
      id: communityId,
      name: name.optional(),
      description: description.optional(),
      color: color.optional(),
      ...options,
    }),
    output: community,
  },
  'communities.join': { input: invitation, output: community },
  /** Reads without joining, where the community allows it. */
  'communities.spectate': { input: invitation, output: community },
  /** To pass on; it holds the community's public key alone. */
  'communities.link': { input: z.object({ id: communityId }), output: z.object({ link: z.string() }) },
  'communities.leave': { input: z.object({ id: communityId }), output: done },
  'communities.addChannel': { input: z.object({ id: communityId, ...channel }), output: community },
  'communities.editChannel': {
    input: z.object({
      chatId,
      ...channel,
      name: name.optional(),
      /** Everyone, or those named and whoever runs the community. */
      posting: z
        .object({
          posters: z.union([z.literal('everyone'), z.array(contactId).max(1000)]),
          viewersMayReact: z.boolean(),
        })
        .optional(),
    }),
    output: community,
  },
  'communities.removeChannel': { input: z.object({ chatId }), output: community },
  /** Those not named follow in the order they had. */
  'communities.orderChannels': {
    input: z.object({ id: communityId, chatIds: z.array(chatId).min(1).max(500) }),
    output: community,
  },
  /** The community's private key: whoever has it is the owner. Asked for with the password of the profile. */
  'communities.exportKey': {
    input: z.object({ id: communityId, password }),
    output: z.object({ key: z.string().regex(/^0x[0-9a-f]{64}$/) }),
  },
  /** Becomes the owner of a community by its private key, in whatever program it was founded. RULES.md R1.3. */
  'communities.adopt': {
    input: z.object({
      key: z
        .string()
        .trim()
        .regex(/^(0x)?[0-9a-fA-F]{64}$/, { error: 'not a private key, which is 64 digits from 0 to f' }),
      generation: z.enum(['M', 'N', 'N2']).optional(),
      historyArchives: z.boolean().optional(),
    }),
    output: community,
  },
  'communities.setHistoryArchives': { input: z.object({ id: communityId, on: z.boolean() }), output: done },

  /** By their ids; `after` is the last one of the page before. */
  'communities.members': {
    input: z.object({
      id: communityId,
      standing: z.enum(['member', 'former', 'banned']).default('member'),
      after: contactId.optional(),
      limit,
    }),
    output: z.object({ members: z.array(member), total: z.int() }),
  },
  'communities.removeMember': { input: z.object({ id: communityId, contactId }), output: done },
  'communities.ban': { input: z.object({ id: communityId, contactId }), output: done },
  'communities.unban': { input: z.object({ id: communityId, contactId }), output: done },
  'communities.setAdmin': { input: z.object({ id: communityId, contactId, admin: z.boolean() }), output: done },
  /** Owner only; longest first, `after` is the last one of the page before. */
  'communities.requests': {
    input: z.object({
      id: communityId,
      state: z.enum(['pending', 'refused']).default('pending'),
      after: z.object({ since: millis, contactId }).optional(),
      limit,
    }),
    output: z.object({ requests: z.array(joinRequest), pending: z.int() }),
  },
  'communities.accept': { input: z.object({ id: communityId, contactIds: people }), output: done },
  'communities.refuse': { input: z.object({ id: communityId, contactIds: people }), output: done },
} as const

export const communityEvents = {
  'communities.changed': z.object({ id: communityId }),
  /** Owner only: somebody asks to be let in, or no longer does. */
  'communities.requested': z.object({ id: communityId }),
} as const
