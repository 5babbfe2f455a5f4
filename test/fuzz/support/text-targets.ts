/** Text and values from outside: links that people follow, what they type, frames of the contract, exports of Discord. */
import { communityIdIn } from '../../../src/main/communities/invitation.ts'
import { judgeMessage } from '../../../src/main/imports/discord/export.ts'
import { ExportReader } from '../../../src/main/imports/discord/export-reader.ts'
import { linkAmong } from '../../../src/main/shell/links.ts'
import { decodeChatKey, encodeChatKey, parseChatId } from '../../../src/main/wire/index.ts'
import { fromHash, toHash } from '../../../src/renderer/lib/routes.ts'
import { decode, encode } from '../../../src/shared/codec.ts'
import { readCodexNode } from '../../../src/shared/codex-node.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { exportedMessage, exportText, snowflake } from '../../support/discord-export.ts'
import { roundTrip, type Target, textOf, Unstable, utf8s } from './target.ts'
import { vectors } from './vectors.ts'

const { chatId = '' } = vectors.chatIds.channels[0] ?? {}
const { communityId } = parseChatId(chatId)
const channel = chatId.slice(communityId.length)
const chatKey = encodeChatKey(communityId)
const now = Date.UTC(2026, 0, 1) as Millis
const said = { messageId: snowflake(1), channelId: snowflake(2), guildId: snowflake(3) }
const attachment = { id: snowflake(9), url: 'https://a.b/c', fileName: 'c.png', fileSizeBytes: 12 }

export const textTargets: readonly Target[] = [
  {
    name: 'deep link, and where it leads',
    seeds: () =>
      utf8s(
        `chronicle://c/${communityId}/${channel}?at=1700000000000.0x${'ab'.repeat(32)}`,
        `chronicle://c/${communityId}/history`,
        `chronicle://join?link=https%3A%2F%2Fstatus.app%2Fc%23${chatKey}`,
        `https://status.app/c/abc#${chatKey}`,
        `status-app://c/${communityId}`,
      ),
    run: (input) => {
      const place = linkAmong(textOf(input).split('\n'))
      if (place === null) return 'no link'
      const once = toHash(fromHash(place))
      if (toHash(fromHash(once)) !== once) throw new Unstable('it leads to another place when it is followed again')
      return undefined
    },
  },
  {
    name: 'address of a page',
    seeds: () =>
      utf8s(
        `#/c/${communityId}/${channel}?at=17.0x00`,
        `#/c/${communityId}/search?q=a%20b`,
        '#/join?link=x',
        '#/settings',
      ),
    run: roundTrip(
      (input) => fromHash(textOf(input)),
      (route) => Buffer.from(toHash(route)),
    ),
  },
  {
    name: 'invitation',
    seeds: () => utf8s(communityId, chatKey, `https://status.app/cc/x#${chatKey}`, `status-app://c#${chatKey}`),
    run: roundTrip(
      (input) => communityIdIn(textOf(input)),
      (id) => Buffer.from(encodeChatKey(id)),
    ),
  },
  {
    name: 'key as text',
    seeds: () => utf8s(chatKey, ...vectors.keys.map((key) => key.compressedChatKey)),
    run: roundTrip(
      (input) => decodeChatKey(textOf(input)),
      (id) => Buffer.from(encodeChatKey(id)),
    ),
  },
  {
    name: 'search, as it is typed',
    seeds: () => utf8s('lamp "a b" -oil author:ada on:2024-03-01 has:image', '-"x y"* before:2024-13 channel:"a b'),
    run: (input) => {
      parseSearch(textOf(input), { utcOffset: (input[0] ?? 0) - 128 })
      return undefined
    },
  },
  {
    name: 'address of a Codex node',
    seeds: () => utf8s('http://127.0.0.1:8080', 'https://[::1]:9/', 'http://a.b-c:99999'),
    run: (input) => (readCodexNode(textOf(input)) === null ? 'no address' : undefined),
  },
  {
    name: 'frame of the contract',
    seeds: () => [
      ...utf8s(
        '{"id":1,"name":"messages.page","input":{"limit":5}}',
        '{"$":["bytes","AAEC"]}',
        '[{"$":["bigint","-9"]}]',
      ),
      ...utf8s('{"$":["object",{"$":["object",{"$":1}]}]}', '{"__proto__":{"a":1},"b":[null,true,1e9,"\\ud800"]}'),
    ],
    run: roundTrip(
      (input) => decode(textOf(input)),
      (value) => Buffer.from(encode(value)),
    ),
  },
  {
    name: 'Discord export, read through',
    seeds: exports,
    run: readThrough,
  },
  {
    name: 'message of a Discord export',
    seeds: () => messages().map((message) => new Uint8Array(Buffer.from(JSON.stringify(message)))),
    run: (input) => {
      const judged = judgeMessage(parsed(input), now)
      return judged.kind === 'message' ? undefined : judged.reason
    },
  },
]

function messages(): Record<string, unknown>[] {
  const forwarded = { content: 'as it was', attachments: [attachment], embeds: [1] }
  return [
    exportedMessage(1, { content: 'words', reference: said, attachments: [attachment], isPinned: true }),
    exportedMessage(2, { content: '', forwardedMessage: forwarded, timestampEdited: '2023-01-01T00:00:00Z' }),
    exportedMessage(3, { type: 'Call', stickers: [{}], reactions: [1, 2] }),
  ]
}

function exports(): Uint8Array[] {
  const text = exportText({ messages: messages(), messageCount: 3 })
  return utf8s(text, JSON.stringify(JSON.parse(text)), exportText({ messages: [], messageCount: 0 }), `\ufeff${text}`)
}

/** As the thread does it: the head, then message by message, each judged. */
async function readThrough(input: Uint8Array): Promise<string | undefined> {
  const reader = new ExportReader({
    read: (buffer, offset, length, position) => {
      const part = input.subarray(position, position + length)
      buffer.set(part, offset)
      return Promise.resolve({ bytesRead: part.length })
    },
    close: () => Promise.resolve(),
  })
  const { start } = await reader.head()
  for await (const { value } of reader.messages(start, true)) judgeMessage(value, now)
  return undefined
}

/** The reader hands on what the built-in parser accepts; what it does not is fuzzed with the reader. */
function parsed(input: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(input))
  } catch {
    return textOf(input)
  }
}
