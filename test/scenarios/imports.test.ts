/** Imports that do not go as they should: malformed exports, cancelled and interrupted ones, each on an owner’s real store. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { create, newPlace, start } from '../integration/communities/support.ts'
import { exportedMessage, exportText, snowflake } from '../support/discord-export.ts'
import { type Importing, importing } from '../support/importing.ts'
import { newFolder } from '../support/small-node.ts'

const rooms: Importing[] = []
afterEach(async () => {
  for (const { imports } of rooms.splice(0)) await imports.close()
})

async function owner() {
  const place = newPlace()
  const node = await start(place, 'owner')
  const { id: communityId } = await create(node)
  const folder = newFolder()
  const room = importing(node, place.clock)
  rooms.push(room)
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  return { ...room, node, communityId, file }
}

const many = Array.from({ length: 600 }, (_, n) => exportedMessage(n))
const good = exportText({ messages: many })

describe('a malformed export', () => {
  it('is told with line and reason; what came before stays, and other files go on', async () => {
    const { node, communityId, file, imports, run } = await owner()
    const lines = good.split('\n')
    const wrong = lines.findIndex((line) => line.includes('"message 500"'))
    const broken = lines.with(wrong, '      "content": oops,').join('\n')
    const files = [
      file('broken.json', broken),
      file('truncated.json', good.slice(0, -2000)),
      file('other.json', JSON.stringify({ messages: [] })),
      file('text.json', 'no JSON at all'),
      file('empty.json', ''),
      file('lamps.json', exportText({ id: snowflake(9), name: 'log', messages: [exportedMessage(9000)] })),
    ]
    const done = await run({ communityId, files })
    expect(done.state).toBe('incomplete')
    const report = await imports.show(done.id)
    const errors = report.files.map(({ state, error }) => [state, error?.line ?? 0, error?.reason.slice(0, 25) ?? ''])
    expect(errors).toEqual([
      ['failed', expect.any(Number), 'this is no valid JSON'],
      ['failed', expect.any(Number), 'the file ends in the midd'],
      ['failed', 1, 'this is no export of Disc'],
      ['failed', 1, 'this is no export of Disc'],
      ['failed', 1, 'this is no export of Disc'],
      ['done', 0, ''],
    ])
    // The parser may say no more than where the message begins.
    const line = report.files[0]?.error?.line ?? 0
    expect(wrong + 1 - line).toBeGreaterThanOrEqual(0)
    expect(wrong + 1 - line).toBeLessThan(10)
    expect(report.files[0]?.messages).toBe(500)
    expect(await node.store.messages.count({ communityId })).toBeGreaterThan(590)

    // Mended, it is read from where it broke or from its beginning, and nothing comes twice.
    file('broken.json', good)
    await imports.resume(done.id)
    await imports.idle()
    expect((await imports.show(done.id)).files[0]).toMatchObject({ state: 'done', messages: 600 })
    expect(await node.store.messages.count({ communityId })).toBe(601)
  })

  it('with one message larger than memory should hold is read up to it', async () => {
    const { communityId, file, imports, run } = await owner()
    const huge = exportText({ messages: [exportedMessage(0), exportedMessage(1, { content: 'x'.repeat(17 << 20) })] })
    const done = await run({ communityId, files: [file('huge.json', huge)] })
    const [only] = (await imports.show(done.id)).files
    expect(only).toMatchObject({ state: 'failed', messages: 1, added: 1 })
    expect(only?.error?.reason).toContain('larger than 16 MiB')
  })
})

describe('an import', () => {
  it('that was cancelled goes on where it ended', async () => {
    const { node, communityId, file, imports, told, held } = await owner()
    const long = Array.from({ length: 3000 }, (_, n) => exportedMessage(n))
    const path = file('general.json', exportText({ messages: long }))
    const { id } = await imports.begin({ communityId, files: [path] })
    expect(held).toEqual([communityId])
    const busy = imports.begin({ communityId, files: [file('b.json', good)] })
    await expect(busy).rejects.toMatchObject({ code: 'busy' })
    const cancelled = await imports.cancel(id)
    expect([cancelled.state, held]).toEqual(['cancelled', []])
    expect(cancelled.messages).toBeLessThan(3000)
    await imports.resume(id)
    await imports.idle()
    expect((await imports.show(id)).import).toMatchObject({ state: 'done', messages: 3000, added: 3000, known: 0 })
    expect(told.at(-1)).toMatchObject({ state: 'done', bytesDone: cancelled.bytesTotal })
    expect(await node.store.messages.count({ communityId })).toBe(3000)
  })

  it('that a logout interrupted goes on when the node starts again, and nothing comes twice', async () => {
    const { node, communityId, file, imports } = await owner()
    const long = Array.from({ length: 3000 }, (_, n) => exportedMessage(n))
    const { id } = await imports.begin({ communityId, files: [file('general.json', exportText({ messages: long }))] })
    await imports.close()
    expect(await node.store.imports.running()).toEqual([id])
    const again = importing(node, newPlace().clock, 'again')
    rooms.push(again)
    await again.imports.start()
    await again.imports.idle()
    expect((await again.imports.show(id)).import).toMatchObject({ state: 'done', messages: 3000, added: 3000 })
    expect(await node.store.messages.count({ communityId })).toBe(3000)
  })
})
