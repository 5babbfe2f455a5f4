/** What is said in channels: reading, searching, posting. */
import { z } from 'zod'
import { chatId, communityId, cursor, message, messageId } from './nouns.ts'

export const messageRequests = {
  'messages.page': {
    input: z.object({
      chatId,
      before: cursor.optional(),
      after: cursor.optional(),
      limit: z.int().min(1).max(200),
    }),
    /** Oldest first. `total` counts the channel's messages. */
    output: z.object({ messages: z.array(message).readonly(), total: z.int() }),
  },
  /** One message by its id, for a reply whose original lies outside the page; null where it is not known here. */
  'messages.get': { input: z.object({ chatId, id: messageId }), output: message.nullable() },
  'messages.post': {
    input: z.object({ chatId, text: z.string().min(1).max(4096), responseTo: messageId.optional() }),
    output: messageId,
  },
  'messages.search': {
    input: z.object({ communityId, text: z.string().min(1).max(500), limit: z.int().min(1).max(100) }),
    output: z.array(message).readonly(),
  },
} as const

export const messageEvents = {
  'messages.changed': z.object({ communityId, chatIds: z.array(chatId) }),
} as const
