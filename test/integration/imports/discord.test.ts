import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { interpret } from '../../../src/main/messages/index.ts'
import { decodeChat, keccak256, utf8 } from '../../../src/main/wire/index.ts'
import type { ChatId, CommunityId, MessageId, Seconds } from '../../../src/shared/domain.ts'
import { exportedMessage, exportText, GUILD, snowflake } from '../../support/discord-export.ts'
import { type Importing, importing } from '../../support/importing.ts'
import { newFolder, type SmallNode } from '../../support/small-node.ts'
import { create, newPlace, start } from '../communities/support.ts'

const rooms: Importing[] = []
afterEach(async () => {
  for (const { imports } of rooms.splice(0)) await imports.close()
})

interface Owner extends Importing {
  readonly node: SmallNode
  readonly communityId: CommunityId
  readonly folder: string
  file(name: string, content: string | Uint8Array): string
  channel(name: string): ChatId
  texts(name: string): Promise<string[]>
}

async function owner(): Promise<Owner> {
  const place = newPlace()
  const node = await start(place, 'owner')
  const { id: communityId } = await create(node)
  const folder = newFolder()
  const room = importing(node, place.clock)
  rooms.push(room)
  const channel = (name: string) => {
    const found = node.communities.get(communityId).channels.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no channel ${name}`)
    return found.chatId
  }
  return {
    ...room,
    node,
    communityId,
    folder,
    file: (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    channel,
    texts: async (name) =>
      (await node.reading.page({ communityId, chatId: channel(name), limit: 200 })).messages.map(({ text }) => text),
  }
}

const messages = (count: number, change: (n: number) => Record<string, unknown> = () => ({})) =>
  Array.from({ length: count }, (_, n) => exportedMessage(n, change(n)))
const counts = (state: { leftOut: readonly { reason: string; count: number }[] }) =>
  Object.fromEntries(state.leftOut.map(({ reason, count }) => [reason, count]))

describe('a past from Discord', () => {
  it('is in its channel with authors, times, edits, replies and pins, in records that an archive can hold', async () => {
    const here = await owner()
    const { communityId, node } = here
    const said = [
      exportedMessage(0, { content: 'first', isPinned: true }),
      exportedMessage(1, { timestampEdited: '2021-01-05T10:00:00.5+00:00', content: 'second' }),
      exportedMessage(2, {
        type: 'Reply',
        content: 'third',
        reference: { messageId: snowflake(1), channelId: snowflake(2), guildId: GUILD },
      }),
    ]
    const done = await here.run({ communityId, files: [here.file('general.json', exportText({ messages: said }))] })
    expect(done).toMatchObject({ state: 'done', messages: 3, added: 3, known: 0, leftOut: [] })

    const page = await node.reading.page({ communityId, chatId: here.channel('general'), limit: 10 })
    expect(page.messages).toMatchObject([
      {
        id: `${communityId}${snowflake(1)}`,
        text: 'first',
        authorName: 'Person 0',
        timestamp: Date.UTC(2021, 0, 4),
        clock: Date.UTC(2021, 0, 4),
        pinned: true,
        editedAt: null,
        source: 'archive',
        origin: { kind: 'discord', authorId: snowflake(1_000_000) },
      },
      { text: 'second', authorName: 'Person 1', editedAt: Date.UTC(2021, 0, 5, 10), pinned: false },
      { text: 'third', responseTo: `${communityId}${snowflake(1)}` },
    ])

    const range = { communityId, from: 0 as Seconds, to: 2e9 as Seconds, partition: null, limit: 100 }
    const records = (await node.store.records.scan(range)).filter(({ padding }) => padding.length === 1)
    expect(records).toHaveLength(4)
    const context = { ...node.communities.interpretContext(communityId, 'archive'), keepRaw: true }
    for (const record of records) {
      // §4.4: what is written is what anybody makes of the record who gets it out of an archive.
      const judged = interpret(record, context)
      if (judged.kind !== 'item') throw new Error(`the record was ${JSON.stringify(judged)}`)
      expect(judged.item.record).toEqual(record)
      const { thirdPartyId, payload } = record
      const hash = thirdPartyId === '' ? keccak256(utf8(communityId), payload) : keccak256(utf8(thirdPartyId))
      expect(record.hash).toEqual(hash)
    }
    expect(records.map(({ messageId }) => messageId).sort()).toEqual(
      expect.arrayContaining(page.messages.map(({ id }) => id)),
    )
    const body = await node.store.messages.body(communityId, `${communityId}${snowflake(2)}` as MessageId)
    expect(decodeChat(body ?? new Uint8Array()).discordMessage).toMatchObject({
      id: snowflake(2),
      timestamp: `${Date.UTC(2021, 0, 4, 0, 4) / 1000}`,
      timestampEdited: `${Date.UTC(2021, 0, 5, 10) / 1000}`,
      author: { name: 'person1', discriminator: '0000', nickname: 'Person 1' },
    })
  })

  it('adds nothing when it comes a second time', async () => {
    const here = await owner()
    const { communityId } = here
    const files = [
      here.file('general.json', exportText({ messages: messages(600, (n) => ({ isPinned: n % 100 === 0 })) })),
    ]
    expect(await here.run({ communityId, files })).toMatchObject({ messages: 600, added: 600 })
    const before = await here.node.store.records.count(communityId)
    expect(await here.run({ communityId, files })).toMatchObject({ state: 'done', messages: 600, added: 0, known: 600 })
    expect(await here.node.store.records.count(communityId)).toEqual(before)
  })

  it('goes into the channel that was named, the one it went to before, one of the same name, or a new one', async () => {
    const here = await owner()
    const { communityId } = here
    const one = (name: string, id: number, first: number) =>
      here.file(`${name}-${first}.json`, exportText({ id: snowflake(id), name, messages: [exportedMessage(first)] }))
    const files = [one('general', 2, 0), one('lobby', 3, 10), one('lamps', 4, 20)]
    await here.run({ communityId, files, map: [{ from: 'lobby', to: 'log' }] })
    expect([await here.texts('general'), await here.texts('log'), await here.texts('lamps')]).toEqual([
      ['message 0'],
      ['message 10'],
      ['message 20'],
    ])
    await here.run({ communityId, files: [one('lobby', 3, 11)] })
    expect(await here.texts('log')).toEqual(['message 10', 'message 11'])
    const names = here.node.communities.get(communityId).channels.map(({ name }) => name)
    expect(names).toEqual(['general', 'log', 'lamps'])
    const wrong = here.imports.begin({ communityId, files, map: [{ from: 'lobby', to: 'nowhere' }] })
    await expect(wrong).rejects.toMatchObject({ code: 'bad-map' })
    await expect(here.imports.begin({ communityId, files: [join(here.folder, 'none')] })).rejects.toMatchObject({
      code: 'bad-file',
    })
  })

  it('says in a dry run what would come, and writes nothing', async () => {
    const here = await owner()
    const { communityId } = here
    const files = [here.file('lamps.json', exportText({ id: snowflake(9), name: 'lamps', messages: messages(300) }))]
    const before = await here.node.store.records.count(communityId)
    const dry = await here.run({ communityId, files, dryRun: true })
    expect(dry).toMatchObject({ state: 'done', dryRun: true, messages: 300, added: 300, known: 0 })
    expect(await here.node.store.records.count(communityId)).toEqual(before)
    expect(here.node.communities.get(communityId).channels).toHaveLength(2)
    expect(await here.node.store.imports.list(null, 10)).toEqual([])
    expect((await here.imports.show(dry.id)).files).toMatchObject([{ channel: 'lamps', chatId: null }])
    await here.run({ communityId, files })
    expect(await here.run({ communityId, files, dryRun: true })).toMatchObject({ added: 0, known: 300 })
  })

  it('R4.7 takes along media that lie beside the export, and nothing else', async () => {
    const here = await owner()
    const { communityId, folder } = here
    mkdirSync(join(folder, 'general.json_Files'))
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
    writeFileSync(join(folder, 'general.json_Files', 'lamp.jpg'), png)
    writeFileSync(join(folder, 'secret.txt'), 'secret')
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'general.json_Files', 'link.png'))
    const urls = [
      'general.json_Files/lamp.jpg',
      'general.json_Files\\lamp.jpg',
      'general.json_Files/../secret.txt',
      'general.json_Files/link.png',
      join(folder, 'secret.txt'),
      'secret.txt',
      'general.json_Files/gone.png',
      'https://cdn.discordapp.com/attachments/1/2/lamp.png',
      'file:///etc/passwd',
    ]
    const attachments = urls.map((url, n) => ({ id: snowflake(n), url, fileName: `${n}.png`, fileSizeBytes: 10 }))
    const author = { id: snowflake(5), name: 'zoe', nickname: 'Zoe', avatarUrl: 'general.json_Files/zoe.png' }
    const said = [exportedMessage(0, { content: '', attachments, author })]
    const done = await here.run({ communityId, files: [here.file('general.json', exportText({ messages: said }))] })
    expect(counts(done)).toEqual({ 'attachment-outside': 4, 'attachment-not-found': 1 })
    const body = await here.node.store.messages.body(communityId, `${communityId}${snowflake(1)}` as MessageId)
    const kept = decodeChat(body ?? new Uint8Array()).discordMessage
    expect(kept?.attachments.map(({ url, payload, contentType }) => [url, payload.length, contentType])).toEqual([
      ['', 10, 'image/png'],
      ['', 10, 'image/png'],
      ...Array.from({ length: 5 }, () => ['', 0, '']),
      ['https://cdn.discordapp.com/attachments/1/2/lamp.png', 0, ''],
      ['', 0, ''],
    ])
    expect(kept?.author?.avatarUrl).toBe('')
    expect(Buffer.from(body ?? []).includes('secret')).toBe(false)
  })

  it('R4.4 leaves out what is no message of a person, by reason, and takes the rest', async () => {
    const here = await owner()
    const { communityId } = here
    const said = [
      exportedMessage(0),
      exportedMessage(1, { id: `0x${'ab'.repeat(32)}` }),
      exportedMessage(2, { id: '12x' }),
      exportedMessage(3, { timestamp: 'yesterday' }),
      exportedMessage(4, { timestamp: '1999-01-01T00:00:00+00:00' }),
      exportedMessage(5, { timestamp: '2999-01-01T00:00:00+00:00' }),
      exportedMessage(6, { type: 'GuildMemberJoin' }),
      exportedMessage(7, { type: 'Call' }),
      exportedMessage(8, { content: '  ', embeds: [{}] }),
      'no object',
      exportedMessage(0, { content: 'again' }),
      exportedMessage(11, { content: 'broken \ud800 character', reactions: [{}, {}], stickers: [{}] }),
      exportedMessage(12, { content: 'x'.repeat(100_001) }),
      exportedMessage(13, { type: 'Reply', reference: { messageId: snowflake(1), channelId: snowflake(99) } }),
    ]
    const file = here.file('general.json', exportText({ messages: said, messageCount: 99 }))
    const done = await here.run({ communityId, files: [file] })
    expect(done).toMatchObject({ state: 'done', messages: 14, added: 3 })
    expect(counts(done)).toEqual({
      'bad-id': 2,
      'bad-time': 3,
      'system-message': 1,
      call: 1,
      empty: 1,
      'not-a-message': 1,
      duplicate: 1,
      reactions: 2,
      stickers: 1,
      'mended-text': 1,
      'too-long': 1,
      'reply-elsewhere': 1,
      'count-differs': 1,
    })
    expect(await here.texts('general')).toEqual(['message 0', 'broken \ufffd character', 'message 13'])
    const { examples } = await here.imports.show(done.id)
    expect(examples).toContainEqual({
      reason: 'not-a-message',
      path: file,
      line: expect.any(Number),
      byte: expect.any(Number),
      detail: 'it is no object',
    })
  })
})
