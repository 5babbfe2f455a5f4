/**
 * What became of a past from Discord: archived from its oldest message to now, published, announced, and read by
 * somebody who never saw the export. Whole nodes in processes of their own, with real torrents.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import type { ChatId, CommunityId, Message, Millis } from '../../src/shared/domain.ts'
import { exportedMessage, exportText, GUILD, snowflake } from '../support/discord-export.ts'
import type { Person } from './support/person.ts'
import { Stage } from './support/stage.ts'

const cli = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url))
const WEEK = 7 * 24 * 3600
const FIRST = Date.UTC(2019, 0, 4)
const COUNT = 100
/** ms; ten days and an odd half-hour, so that some weeks hold one message, some two and some none */
const APART = (10 * 24 * 3600 + 1800) * 1000

const stages: Stage[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

const said = Array.from({ length: COUNT }, (_, n) => {
  const timestamp = new Date(FIRST + Math.floor(n / 2) * 2 * APART + (n % 2) * 3_600_000).toISOString()
  const reference = { messageId: snowflake(n), channelId: snowflake(2), guildId: GUILD }
  const reply = n % 10 === 9 ? { type: 'Reply', reference } : {}
  return exportedMessage(n, { timestamp, isPinned: n % 25 === 3, ...reply })
})
const weekOf = ({ timestamp }: Record<string, unknown>) =>
  Math.floor((Date.parse(String(timestamp)) - FIRST) / 1000 / WEEK)
const weeks = [...new Set(said.map(weekOf))]

const whatIsKept = (messages: readonly Message[]) =>
  messages.map(({ id, text, author, authorName, timestamp, clock, responseTo, pinned, origin }) => ({
    ...{ id, text, author, authorName, timestamp, clock, responseTo, pinned, origin },
  }))

/** Every index in an owner's folder, inspected as a person would: the command ends with 0 if nothing is wrong. */
function inspected(folder: string) {
  const indexes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /[\\/]index$/.test(name))
  return indexes.map((name) => {
    const args = [cli, 'archive', 'inspect', join(folder, name, '..'), '--json']
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 }))
  })
}

async function restored(member: Person, id: CommunityId, chatId: ChatId): Promise<void> {
  await member.until('has the whole past', 120, async () => (await member.archives(id)).length === weeks.length)
  await member.until('has every message', 30, async () => (await member.messages(chatId)).length === COUNT)
}

it('R2.1 a past from Discord is archived week by week, and a member who never saw the export has all of it', async () => {
  const stage = await Stage.open({ title: 'past', engine: 'torrent', interval: (WEEK * 1000) as Millis })
  stages.push(stage)
  const owner = await stage.person('owner')
  const { id } = await owner.found('Lighthouse')
  const chatId = await owner.channel(id, 'general')
  const file = join(stage.folderOf('owner'), 'general.json')
  writeFileSync(file, exportText({ messages: said }))
  await owner.client.request('imports.start', { communityId: id, kind: 'discord', files: [file] })
  await owner.until('has archived it', 120, async () => (await owner.archives(id)).length === weeks.length)

  const archives = (await owner.archives(id)).toSorted((a, b) => a.from - b.from)
  const first = FIRST / 1000
  expect(archives.map(({ from, to }) => [(from - first) / WEEK, to - from])).toEqual(weeks.map((week) => [week, WEEK]))
  expect((await owner.history(id)).unarchived).toBe(0)

  const reports = inspected(stage.folderOf('owner'))
  expect(reports.length).toBeGreaterThan(0)
  for (const { data, entries } of reports) {
    expect(entries).toHaveLength(weeks.length)
    const places = entries.map((entry: { locator: { offset: number; size: number } }) => entry.locator)
    let end = 0
    for (const { offset, size } of places.toSorted(
      (a: { offset: number }, b: { offset: number }) => a.offset - b.offset,
    )) {
      expect(offset).toBeGreaterThanOrEqual(end)
      end = offset + size
    }
    expect(end).toBeLessThanOrEqual(data)
  }

  const member = await stage.person('member')
  await member.join(id)
  await restored(member, id, await member.channel(id, 'general'))
  const kept = whatIsKept(await member.messages(chatId))
  expect(kept).toEqual(whatIsKept(await owner.messages(chatId)))
  expect(kept).toHaveLength(COUNT)
  expect(kept[3]).toMatchObject({
    id: `${id}${snowflake(4)}`,
    text: 'message 3',
    authorName: 'Person 3',
    timestamp: Date.parse(String(said[3]?.timestamp)),
    pinned: true,
    origin: { kind: 'discord', authorId: snowflake(1_000_003) },
  })
  expect(kept[9]?.responseTo).toBe(`${id}${snowflake(9)}`)
  expect(kept.filter(({ pinned }) => pinned)).toHaveLength(4)
})
