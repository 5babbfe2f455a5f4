/** Exports as DiscordChatExporter writes them: made up, small ones in memory and large ones straight to a file. */

import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** 869237470565392384 is a server; every other id here follows from it. */
export const GUILD = '869237470565392384'
export const snowflake = (n: number): string => `${869_237_470_565_392_384n + BigInt(n) * 1024n}`

export interface ExportedChannel {
  readonly id?: string
  readonly name?: string
  readonly messages: readonly unknown[]
  /** As the file says; the number of messages unless given. */
  readonly messageCount?: number | null
}

/** The n-th message of a channel, four minutes apart; whatever is given replaces what it would say. */
export function exportedMessage(n: number, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: snowflake(n + 1),
    type: 'Default',
    timestamp: new Date(Date.UTC(2021, 0, 4) + n * 240_000).toISOString().replace('Z', '+00:00'),
    timestampEdited: null,
    callEndedTimestamp: null,
    isPinned: false,
    content: `message ${n}`,
    author: {
      id: snowflake(1_000_000 + (n % 50)),
      name: `person${n % 50}`,
      discriminator: '0000',
      nickname: `Person ${n % 50}`,
      color: '#5865F2',
      isBot: false,
      roles: [{ id: snowflake(7), name: 'keeper', color: null, position: 1 }],
      avatarUrl: `https://cdn.discordapp.com/avatars/${n % 50}/0123456789abcdef.png?size=512`,
    },
    attachments: [],
    embeds: [],
    stickers: [],
    reactions: [],
    mentions: [],
    inlineEmojis: [],
    ...change,
  }
}

const headOf = (id: string, name: string) => ({
  guild: { id: GUILD, name: 'Lighthouse', iconUrl: 'https://cdn.discordapp.com/icons/1/a.png' },
  channel: { id, type: 'GuildTextChat', categoryId: snowflake(3), category: 'Text', name, topic: null },
  dateRange: { after: null, before: null },
  exportedAt: '2024-01-01T00:00:00+00:00',
})

/** Indented by two, as the exporter does. */
export function exportText({ id = snowflake(2), name = 'general', messages, messageCount }: ExportedChannel): string {
  const count = messageCount === undefined ? messages.length : messageCount
  const whole = { ...headOf(id, name), messages, ...(count === null ? {} : { messageCount: count }) }
  return JSON.stringify(whole, null, 2)
}

const LINES = [
  'The lamp was out again last night, and nobody noticed until the ferry sounded its horn three times.',
  'Has anyone seen the spare wick? It was on the second shelf, next to the tin of grease 🕯️',
  'Ich habe das Öl nachgefüllt. Grüße von der Insel!',
  'ok',
  'Tide tables for next month are pinned. Please read them before you ask when the causeway is dry …',
]

/** Writes an export of at least so many bytes, message by message. @returns how many messages it holds */
export async function writeLargeExport(file: string, bytes: number, spacing = 240_000): Promise<number> {
  mkdirSync(dirname(file), { recursive: true })
  const out = createWriteStream(file)
  const head = JSON.stringify(headOf(snowflake(2), 'general'), null, 2)
  out.write(`${head.slice(0, -2)},\n  "messages": [`)
  let written = head.length
  let count = 0
  const first = Date.UTC(2016, 0, 4)
  while (written < bytes) {
    const at = new Date(first + count * spacing).toISOString().replace('Z', '+00:00')
    const content = LINES[count % LINES.length] ?? ''
    const more =
      count % 10 === 9
        ? { type: 'Reply', reference: { messageId: snowflake(count), channelId: snowflake(2), guildId: GUILD } }
        : {}
    const message = exportedMessage(count, { timestamp: at, content, ...more })
    const text = `${count === 0 ? '' : ','}\n    ${JSON.stringify(message, null, 2).replaceAll('\n', '\n    ')}`
    written += Buffer.byteLength(text)
    count += 1
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end(`\n  ],\n  "messageCount": ${count}\n}\n`)
  await once(out, 'finish')
  return count
}
