/**
 * What an exported history looks like as JSON: one object, `{"chronicle": about, "messages": [message, …]}`, each message
 * on a line of its own, channel by channel and oldest first. Other programs may rely on this; `version` changes with it.
 */
import { z } from 'zod'
import { chatId, communityId, message, millis } from './contract/nouns.ts'

export const EXPORT_VERSION = 1

export const exportAbout = z.object({
  version: z.literal(EXPORT_VERSION),
  community: z.object({ id: communityId, name: z.string() }),
  channels: z.array(z.object({ chatId, name: z.string() })).readonly(),
  /** The one channel that was exported; null for all of them. */
  only: chatId.nullable(),
  exportedAt: millis,
})

export const exportedMessage = message.extend({
  /** Every text that it had, oldest first; empty where it was never edited, or was deleted. */
  versions: z.array(z.object({ text: z.string(), at: millis })).readonly(),
  /** Images that came with it, as far as the file has room for them; `images` says how many there were. */
  pictures: z.array(z.object({ mime: z.string(), base64: z.base64() })).readonly(),
})

export const exportFile = z.object({ chronicle: exportAbout, messages: z.array(exportedMessage).readonly() })

export type ExportAbout = z.output<typeof exportAbout>
export type ExportedMessage = z.output<typeof exportedMessage>
