/** Which channel of an export is which channel here. Pure. */
import type { Channel, ChatId } from '../../shared/domain.ts'
import type { ExportHead } from './discord/export.ts'

/** As a person wrote it: ids or names on both sides. */
export interface ChannelMapping {
  readonly from: string
  readonly to: string
}

export type ChannelPlan =
  | { readonly kind: 'existing'; readonly chatId: ChatId }
  | { readonly kind: 'new'; readonly name: string }

/**
 * What the person said counts first, then what an earlier import did, then an equal name; else a channel is made.
 * @param earlier which channel here was which there before, the newest first
 */
export function planChannel(
  head: Pick<ExportHead, 'channelId' | 'channelName'>,
  channels: readonly Channel[],
  map: readonly ChannelMapping[],
  earlier: readonly { readonly foreignId: string; readonly chatId: ChatId }[],
): ChannelPlan {
  const said = map.find(({ from }) => from === head.channelId) ?? map.find(({ from }) => from === head.channelName)
  const wanted = said === undefined ? null : channelNamed(said.to, channels)
  if (wanted !== null) return { kind: 'existing', chatId: wanted.chatId }
  const before = earlier.find(
    ({ foreignId, chatId }) => foreignId === head.channelId && channels.some((channel) => channel.chatId === chatId),
  )
  if (before !== undefined) return { kind: 'existing', chatId: before.chatId }
  const same = channels.find(({ name }) => name === head.channelName)
  if (same !== undefined) return { kind: 'existing', chatId: same.chatId }
  return { kind: 'new', name: head.channelName }
}

/** A channel by its id or, if only one has it, by its name; null if there is none. */
export function channelNamed(text: string, channels: readonly Channel[]): Channel | null {
  return channels.find(({ chatId }) => chatId === text) ?? channels.find(({ name }) => name === text) ?? null
}
