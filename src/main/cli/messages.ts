/** `chronicle message …`: what is said in channels, read, searched, written and taken along. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../../shared/client.ts'
import type { Cursor, RequestInput } from '../../shared/contract.ts'
import type { Channel, ChatId, Community, MessageId, Millis } from '../../shared/domain.ts'
import { isMessageId } from '../../shared/ids.ts'
import { spanOf } from '../../shared/search-query.ts'
import { UsageError } from '../usage-error.ts'
import { findChannel, findCommunity } from './arguments.ts'
import { type Cli, whole } from './context.ts'
import { registerExport } from './message-export.ts'
import { registerSearch } from './message-search.ts'
import { describeMessages, describePage, describeUnread, describeVersions } from './message-text.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { formatBytes, type Output } from './output.ts'
import { withClient } from './with-client.ts'

/** Where a page begins: at most one of these. */
export interface PlaceOptions {
  readonly before?: string
  readonly after?: string
  readonly around?: string
  readonly at?: string
  readonly unread?: boolean
}

interface PageOptions extends NodeOptions, PlaceOptions {
  readonly limit: number
  readonly includeBanned: boolean
}

type Work = (client: Client, found: { community: Community; channel: Channel }, output: Output) => Promise<void>
type Place = Pick<RequestInput<'messages.page'>, 'before' | 'after' | 'around' | 'at' | 'unread'>

export function registerMessages(program: Command, cli: Cli): void {
  const message = program.command('message').description('what is said in channels')
  const ofCommunity = (name: string, description: string) =>
    withNode(message.command(name).description(description).argument('<community>', 'its id or name'))
  const ofChannel = (name: string, description: string) =>
    ofCommunity(name, description).argument('<channel>', 'its name or id')

  ofChannel('list', 'one page of a channel, oldest first; the newest page unless told otherwise')
    .option('--before <message>', 'older than this message')
    .option('--after <message>', 'newer than this message')
    .option('--around <message>', 'this message in the middle')
    .option('--at <date>', 'from a day or a moment on, as 2026-03-01 or 2026-03-01T14:02')
    .option('--unread', 'from the first unread message on')
    .option('--limit <n>', 'how many', whole(1, 200), 50)
    .option('--include-banned', 'also of people who were banned', false)
    .action((wanted: string, which: string, options: PageOptions) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const { limit, includeBanned } = options
        const place = await placeOf(client, chatId, options)
        const page = await client.request('messages.page', { chatId, limit, includeBanned, ...place })
        output.result(page, describePage(page))
      }),
    )

  ofChannel('pinned', 'what is pinned in a channel, newest first')
    .option('--before <message>', 'older than this message')
    .option('--limit <n>', 'how many', whole(1, 100), 50)
    .action((wanted: string, which: string, options: PageOptions) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const { before, limit } = options
        const from = before === undefined ? {} : { before: await cursorOf(client, chatId, before) }
        const pinned = await client.request('messages.pinned', { chatId, limit, ...from })
        output.result(pinned, pinned.length === 0 ? 'Nothing is pinned.' : describeMessages(pinned))
      }),
    )

  ofChannel('edits', 'every text that a message had, oldest first')
    .argument('<message>', 'its id')
    .action((wanted: string, which: string, text: string, options: NodeOptions) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const versions = await client.request('messages.edits', { chatId, id: messageIdOf(text), limit: 200 })
        output.result(versions, describeVersions(versions))
      }),
    )

  ofChannel('image', 'write an image that came with a message into a file')
    .argument('<message>', 'its id')
    .argument('<file>', 'where to; it must not exist yet')
    .option('--number <n>', 'which of its images', whole(1, 50), 1)
    .action((wanted: string, which: string, text: string, file: string, options: NodeOptions & { number: number }) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const id = messageIdOf(text)
        const image = await client.request('messages.image', { chatId, id, index: options.number - 1 })
        if (image === null) throw new UsageError('This message has no such image here.')
        const target = path.resolve(file)
        await writeFile(target, image.bytes, { flag: 'wx' })
        const { length } = image.bytes
        output.result({ path: target, mime: image.mime, bytes: length }, `${target} (${formatBytes(length)})`)
      }),
    )

  ofCommunity('unread', 'channels with something unread').action((wanted: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const community = await findCommunity(client, wanted)
      const unread = await client.request('messages.unread', { communityId: community.id })
      output.result(unread, describeUnread(unread, community.channels))
    }),
  )

  ofChannel('read', 'mark everything up to a message as read; all of it unless told otherwise')
    .option('--up-to <message>', 'the last one that was read')
    .action((wanted: string, which: string, options: NodeOptions & { upTo?: string }) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const newest = () => client.request('messages.page', { chatId, limit: 1, includeBanned: true })
        const upTo =
          options.upTo === undefined ? (await newest()).messages.at(-1) : await cursorOf(client, chatId, options.upTo)
        if (upTo) await client.request('messages.markRead', { chatId, upTo: { clock: upTo.clock, id: upTo.id } })
        output.result({ chatId, upTo: upTo?.id ?? null }, 'Marked as read.')
      }),
    )

  ofChannel('post', 'say something in a channel')
    .argument('<text>')
    .option('--reply-to <message>', 'the message that it answers')
    .action((wanted: string, which: string, text: string, options: NodeOptions & { replyTo?: string }) =>
      withChannel(wanted, which, options, async (client, { channel: { chatId } }, output) => {
        const { replyTo } = options
        const responseTo = replyTo === undefined ? {} : { responseTo: messageIdOf(replyTo) }
        const id = await client.request('messages.post', { chatId, text, ...responseTo })
        output.result({ id, chatId }, id)
      }),
    )

  registerSearch(ofCommunity)
  registerExport(ofCommunity, cli)
}

const withChannel = (wanted: string, which: string, options: NodeOptions, work: Work): Promise<void> =>
  withClient(options, async (client, output) => {
    const community = await findCommunity(client, wanted)
    await work(client, { community, channel: findChannel(community, which) }, output)
  })

/** @throws UsageError */
export async function placeOf(client: Client, chatId: ChatId, options: PlaceOptions): Promise<Place> {
  const { before, after, around, at, unread } = options
  if ([before, after, around, at, unread || undefined].filter((one) => one !== undefined).length > 1)
    throw new UsageError('A page begins at one place: --before, --after, --around, --at or --unread.')
  if (before !== undefined) return { before: await cursorOf(client, chatId, before) }
  if (after !== undefined) return { after: await cursorOf(client, chatId, after) }
  if (around !== undefined) return { around: messageIdOf(around) }
  if (at !== undefined) return { at: momentOf(at) }
  return unread ? { unread: true } : {}
}

/** @throws UsageError */
async function cursorOf(client: Client, chatId: ChatId, text: string): Promise<Cursor> {
  const id = messageIdOf(text)
  const found = await client.request('messages.get', { chatId, id })
  if (found === null) throw new UsageError(`The message “${text}” is not here.`)
  return { clock: found.clock, id }
}

/** @throws UsageError */
function messageIdOf(text: string): MessageId {
  if (isMessageId(text)) return text
  throw new UsageError(`A message is named by its id, not “${text}”. See: chronicle message list --json`)
}

/** The beginning of a day or a moment where this computer is. @throws UsageError */
export function momentOf(text: string): Millis {
  const span = spanOf(text, -new Date().getTimezoneOffset())
  if (span !== null) return span.from as Millis
  throw new UsageError(`It takes a date, as 2026-03-01 or 2026-03-01T14:02, not “${text}”.`)
}
