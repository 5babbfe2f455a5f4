/** `chronicle message search`: finds what was said in a community. */
import { type Command, Option } from 'commander'
import type { Client } from '../../shared/client.ts'
import type { RequestInput, RequestOutput } from '../../shared/contract.ts'
import { findCommunity } from './arguments.ts'
import { whole } from './context.ts'
import { describeFound } from './message-text.ts'
import type { NodeOptions } from './node-options.ts'
import { withClient } from './with-client.ts'

interface SearchOptions extends NodeOptions {
  readonly order: 'newest' | 'ranked'
  readonly limit: number
  readonly includeBanned: boolean
}

type Query = RequestInput<'messages.search'>

/** Hits of one request. */
const PAGE = 100

const help = `
  lamp oil             both words              "lamp oil"     these words in this order
  -oil                 without this word       lamp*          words that begin so
  author:ada           whose name begins so    channel:general
  before:2024-03       earlier than March      after:2024-03-01   from then on      on:2024-03-01
  has:image            also link, file, audio, sticker, reply, thread, edit, pin, reaction

Words that begin with - follow after --.`

export function registerSearch(ofCommunity: (name: string, description: string) => Command): void {
  ofCommunity('search', 'find what was said')
    .argument('<words...>', 'words and filters, see below')
    .addOption(
      new Option('--order <order>', 'the newest first, or the best among the newest 20,000')
        .choices(['newest', 'ranked'])
        .default('newest'),
    )
    .option('--limit <n>', 'how many hits', whole(1, 10_000), 50)
    .option('--include-banned', 'also of people who were banned', false)
    .addHelpText('after', help)
    .action((wanted: string, words: string[], options: SearchOptions) =>
      withClient(options, async (client, output) => {
        const { id, channels } = await findCommunity(client, wanted)
        const { order, limit, includeBanned } = options
        const utcOffset = -new Date().getTimezoneOffset()
        const found = await searchAll(client, {
          communityId: id,
          text: words.map(quotedAgain).join(' '),
          order,
          limit,
          includeBanned,
          utcOffset,
        })
        output.result(found, describeFound(found, channels))
      }),
    )
}

/** What a shell took the quotes off is one phrase all the same; a filter keeps its name outside of them. */
function quotedAgain(word: string): string {
  if (!/\s/.test(word) || word.includes('"')) return word
  const [, filter = '', rest = ''] = /^(-?(?:\p{L}+:)?)(.*)$/su.exec(word) ?? []
  return `${filter}"${rest}"`
}

/** Page after page until there are as many hits as were asked for. */
export async function searchAll(client: Client, query: Query): Promise<RequestOutput<'messages.search'>> {
  const ask = (limit: number) => client.request('messages.search', { ...query, limit: Math.min(PAGE, limit) })
  const first = await ask(query.limit)
  const hits = [...first.hits]
  let { next } = first
  while (next !== null && hits.length < query.limit) {
    const limit = Math.min(PAGE, query.limit - hits.length)
    const page = await client.request('messages.search', { ...query, limit, after: next })
    hits.push(...page.hits)
    next = page.next
  }
  return { ...first, hits, next }
}
