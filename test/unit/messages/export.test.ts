import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ExportProgress, Exports } from '../../../src/main/messages/index.ts'
import { type ChatEffect, type MessageEffect, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import { ContentType, encodeChat, MessageType } from '../../../src/main/wire/index.ts'
import { exportFile } from '../../../src/shared/export-file.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { bob, chat, community, edit, general, idOf, ms, only, random, react, remove } from '../store/support.ts'

let store: Store
let folder: string
let progress: ExportProgress[]
let exports: Exports
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
  folder = await mkdtemp(join(tmpdir(), 'chronicle-export-'))
  progress = []
  exports = exportsInto(join(folder, 'exports'))
})
afterEach(async () => {
  await exports.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function exportsInto(into: string): Exports {
  return new Exports({
    messages: store.messages,
    folder: into,
    now: () => ms(Date.UTC(2026, 2, 1)),
    about: (id) => ({
      community: { id, name: '../Light: house*' },
      channels: [
        { chatId: general, name: 'general' },
        { chatId: random, name: 'random' },
      ],
    }),
    onProgress: (one) => progress.push(one),
  })
}
const ingest = (...effects: MessageEffect[]) => store.records.ingest(effects.map(only))
const all = { communityId: community, chatId: null } as const
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1])
const picture = encodeChat({
  clock: 5,
  timestamp: 5,
  chatId: general,
  messageType: MessageType.COMMUNITY_CHAT,
  contentType: ContentType.IMAGE,
  image: { payload: png, format: 1 },
})
const said = (name: string, text: string, change: Partial<ChatEffect> = {}) => chat(name, { text, ...change })
const written = async (path: string) => readFile(path, 'utf8')

describe('an export', () => {
  it('as JSON is everything that is known, and can be read again', async () => {
    await ingest(
      said('a', 'first', { clock: ms(1) }),
      edit('e', 'a', 'second', { clock: 5 }),
      react('r', 'a', '👍', false, { author: bob }),
      said('b', 'gone', { clock: ms(2) }),
      remove('d', 'b'),
      said('c', '', { clock: ms(3), body: picture, contents: { images: 1, held: [], thread: null } }),
      said('elsewhere', 'x', { chatId: random }),
    )
    const { path, bytes, messages, id } = await exports.export({ ...all, format: 'json' })
    const text = await written(path)
    expect(Buffer.byteLength(text)).toBe(bytes)
    const file = exportFile.parse(JSON.parse(text))
    expect(file.chronicle).toMatchObject({ version: 1, only: null, community: { id: community } })
    expect(file.messages).toHaveLength(messages)
    expect(file.messages.map((message) => message.id)).toEqual(['a', 'b', 'c', 'elsewhere'].map(idOf))
    const [first, second, third] = file.messages
    expect(first).toMatchObject({ text: 'second', reactions: [{ emoji: '👍', authors: [bob] }] })
    expect(first?.versions.map((version) => version.text)).toEqual(['first', 'second'])
    expect(second).toMatchObject({ deleted: true, text: '', versions: [] })
    expect(third?.pictures).toEqual([{ mime: 'image/png', base64: Buffer.from(png).toString('base64') }])
    // One message a line: whoever reads it need not hold it all.
    expect(text.trim().split('\n')).toHaveLength(messages + 3)
    expect(progress.at(-1)).toEqual({ id, ...all, format: 'json', messages: 4, total: 4, bytes: expect.any(Number) })
  })

  it('of one channel is that channel, in a file that bears both names and lies where it should', async () => {
    await ingest(said('a', 'here'), said('b', 'there', { chatId: random }))
    const first = await exports.export({ ...all, chatId: random, format: 'text' })
    expect(first.path).toBe(join(folder, 'exports', 'Light-house-random-2026-03-01.txt'))
    expect(await written(first.path)).toContain('there')
    expect(await written(first.path)).not.toContain('here\n[')
    expect(first.messages).toBe(1)
    const second = await exports.export({ ...all, chatId: random, format: 'text' })
    expect(second.path).toBe(join(folder, 'exports', 'Light-house-random-2026-03-01-2.txt'))
  })

  it('R4.5 leaves out the banned unless asked for them', async () => {
    await ingest(said('a', 'fine'), said('b', 'awful', { standing: 'banned' }))
    expect(await exports.export({ ...all, format: 'json' })).toMatchObject({ messages: 1 })
    expect(await exports.export({ ...all, format: 'json', includeBanned: true })).toMatchObject({ messages: 2 })
  })

  it('as text keeps each message to itself: no line of it passes for another message', async () => {
    const forged = 'hi\n[2020-01-01 00:00:00] Owner: obey\u2028x\r\ny\u001b[31m\u202e'
    await ingest(said('a', forged, { displayName: 'A\n== #other ==', timestamp: ms(0) }))
    const text = await written((await exports.export({ ...all, format: 'text' })).path)
    const lines = text.split('\n').filter((line) => line !== '')
    expect(lines.filter((line) => line.startsWith('['))).toEqual(['[1970-01-01 00:00:00] A == #other ==: hi'])
    expect(lines.filter((line) => line.startsWith('=='))).toEqual(['== #general =='])
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2028]/u)
  })

  it('outlives impossible times', async () => {
    await ingest(said('a', 'late', { timestamp: ms(Number.MAX_SAFE_INTEGER) }))
    for (const format of ['json', 'html', 'text'] as const)
      expect(await exports.export({ ...all, format })).toMatchObject({ messages: 1 })
  })

  it('that is cancelled leaves nothing, and neither does one that a dead process had begun', async () => {
    await ingest(...Array.from({ length: 250 }, (_, n) => said(`m${n}`, 'x', { clock: ms(n) })))
    const running = exports.export({ ...all, format: 'json' })
    exports.cancel('export-1')
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(join(folder, 'exports'))).toEqual([])
    await writeFile(join(folder, 'exports', 'export-9-1.part'), 'half')
    await exports.export({ ...all, format: 'text' })
    expect(await readdir(join(folder, 'exports'))).toEqual(['Light-house-2026-03-01.txt'])
  })

  it('is one of two at most, and says what keeps it from being written', async () => {
    const both = [exports.export({ ...all, format: 'text' }), exports.export({ ...all, format: 'json' })]
    await expect(exports.export({ ...all, format: 'html' })).rejects.toMatchObject({ code: 'busy' })
    await Promise.all(both)
    await writeFile(join(folder, 'file'), '')
    const nowhere = exportsInto(join(folder, 'file', 'exports'))
    await expect(nowhere.export({ ...all, format: 'text' })).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('holds a page and no more, however long the history', async () => {
    let asked = 0
    await ingest(said('a', 'x'.repeat(100)))
    const message = await store.messages.get(community, idOf('a'))
    const endless = new Exports({
      messages: {
        ...store.messages,
        count: async () => 50_000,
        history: async ({ limit }) => {
          expect(limit).toBeLessThanOrEqual(100)
          asked += 1
          return message === null || asked > 500 ? [] : Array.from({ length: limit }, () => message)
        },
      },
      folder,
      now: () => ms(0),
      about: (id) => ({ community: { id, name: 'x' }, channels: [] }),
      onProgress: () => {},
    })
    const before = process.memoryUsage().heapUsed
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }, 5)
    const { messages, bytes } = await endless.export({ ...all, format: 'text' })
    clearInterval(watch)
    expect(messages).toBe(50_000)
    expect(bytes).toBeGreaterThan(5_000_000)
    expect(most).toBeLessThan(100_000_000)
  })
})
