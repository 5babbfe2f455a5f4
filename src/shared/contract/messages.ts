/** What is said in channels: reading, searching, posting. */
import { z } from 'zod'
import { chatId, communityId, cursor, done, message, messageId, millis } from './nouns.ts'

/** Where a search goes on: given by the answer before, and not to be made up. */
const searchPlace = z.object({ place: z.int().min(0), score: z.number().nullable(), wentOn: z.boolean() })
const range = z.object({ from: z.int(), to: z.int() })
const unread = z.object({ chatId, unread: z.int(), mentions: z.int(), first: cursor })

const exportKind = z.enum(['json', 'html', 'text'])

export const messageRequests = {
  /** At most one of `before`, `after`, `around`, `at` and `unread`; without them, the newest messages. */
  'messages.page': {
    input: z
      .object({
        chatId,
        before: cursor.optional(),
        after: cursor.optional(),
        /** The page around a message. */
        around: messageId.optional(),
        /** The page around the first message at or after a time. */
        at: millis.optional(),
        /** The page around the first unread message. */
        unread: z.literal(true).optional(),
        limit: z.int().min(1).max(200),
        /** R4.5: messages of banned people are hidden unless asked for. */
        includeBanned: z.boolean().optional(),
      })
      .refine(
        ({ before, after, around, at, unread: first }) =>
          [before, after, around, at, first].filter((place) => place !== undefined).length < 2,
        { error: 'A page has one place' },
      ),
    /** Oldest first. `total` counts the channel's messages; `target` is what `around`, `at` or `unread` led to. */
    output: z.object({
      messages: z.array(message).readonly(),
      total: z.int(),
      hasOlder: z.boolean(),
      hasNewer: z.boolean(),
      target: messageId.nullable(),
    }),
  },
  /** One message by its id, for a reply whose original lies outside the page; null where it is not known here. */
  'messages.get': { input: z.object({ chatId, id: messageId }), output: message.nullable() },
  /** Every text that a message had, oldest first, the last one being today's; empty for a deleted or unknown message. */
  'messages.edits': {
    input: z.object({ chatId, id: messageId, limit: z.int().min(1).max(200) }),
    output: z.array(z.object({ text: z.string(), at: millis })).readonly(),
  },
  /** Newest first. */
  'messages.pinned': {
    input: z.object({ chatId, before: cursor.optional(), limit: z.int().min(1).max(100) }),
    output: z.array(message).readonly(),
  },
  /** One of the images that came with a message, its type told by its bytes; null where there is no such. */
  'messages.image': {
    input: z.object({ chatId, id: messageId, index: z.int().min(0).max(49) }),
    output: z
      .object({
        mime: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
        bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
      })
      .nullable(),
  },
  /** Channels with something unread, and where it begins. Imported history is never unread. */
  'messages.unread': { input: z.object({ communityId }), output: z.array(unread).readonly() },
  /** Everything in the channel up to a message, inclusive, has been read. */
  'messages.markRead': { input: z.object({ chatId, upTo: cursor }), output: done },
  'messages.post': {
    input: z.object({ chatId, text: z.string().min(1).max(4096), responseTo: messageId.optional() }),
    output: messageId,
  },
  /** What the text may say is written down in search-query.ts; nothing that is typed is an error. */
  'messages.search': {
    input: z.object({
      communityId,
      text: z.string().min(1).max(500),
      /** Newest first unless asked otherwise. */
      order: z.enum(['newest', 'ranked']).optional(),
      limit: z.int().min(1).max(100),
      after: searchPlace.optional(),
      /** Minutes by which the person's day begins before that of UTC. */
      utcOffset: z.int().min(-1440).max(1440).optional(),
      includeBanned: z.boolean().optional(),
    }),
    output: z.object({
      /** `marks` are ranges of the message's text that were searched for, in UTF-16 units. */
      hits: z.array(z.object({ message, marks: z.array(range).readonly() })).readonly(),
      next: searchPlace.nullable(),
      /** Of how many hits, the newest ones, these are the best; null where not ranked. */
      rankedAmong: z.int().nullable(),
      /** Messages that an earlier version stored and that cannot be found yet. */
      unsearched: z.int(),
      /** Filters that make no sense, as they were typed; everything else was heeded. */
      ignored: z.array(z.string()).readonly(),
    }),
  },
  /**
   * Writes a history into a file of the profile's `exports` folder and answers when it is there. Events of
   * `messages.exporting` tell how far it is, and the id to cancel it by.
   */
  'messages.export': {
    input: z.object({
      communityId,
      chatId: chatId.nullable(),
      format: exportKind,
      includeBanned: z.boolean().optional(),
    }),
    output: z.object({ id: z.string(), path: z.string(), bytes: z.int(), messages: z.int() }),
  },
  'messages.cancelExport': { input: z.object({ id: z.string().max(64) }), output: done },
} as const

export const messageEvents = {
  'messages.changed': z.object({ communityId, chatIds: z.array(chatId) }),
  /** A channel has more or less to read than before. Never because of imported history. */
  'messages.unread': z.object({ communityId, chatId, unread: z.int(), mentions: z.int() }),
  'messages.exporting': z.object({
    id: z.string(),
    communityId,
    chatId: chatId.nullable(),
    format: exportKind,
    messages: z.int(),
    total: z.int(),
    bytes: z.int(),
  }),
} as const
