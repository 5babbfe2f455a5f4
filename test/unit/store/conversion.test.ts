/** Databases of before places in time. */
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { openRepositories } from '../../../src/main/store/repositories.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'
import { chat, community, edit, general, idOf, ms, only, react, remove } from './support.ts'

const now = ms(1)
const nothing = { images: 0, held: [], thread: null } as const
const search = (at: ReturnType<typeof openRepositories>, text: string) =>
  at.messages.search({ communityId: community, terms: parseSearch(text), limit: 50 })

/** As the version before wrote it: keys in the order of arrival, an index of its own, and no counts. */
function oldDatabase(messages: number): Database.Database {
  const db = new Database(':memory:')
  const old = migrations.filter(({ number }) => ![4, 5].includes(number) && number < 310)
  migrate(db, old, now)
  db.exec(`INSERT INTO community_keys VALUES (1, '${community}'); INSERT INTO chat_keys VALUES (1, '${general}', 1);
    INSERT INTO author_keys VALUES (1, '${chat('x').author}')`)
  const insert = db.prepare(`INSERT INTO messages (community, id, chat, author, clock, timestamp, text, content_type,
    display_name, standing, source, deleted, pinned, body) VALUES (1, ?, 1, 1, ?, ?, ?, 1, '', 0, 2, 0, 0, x'00')`)
  for (let n = 0; n < messages; n += 1) {
    // The newest came first, as in an import.
    const clock = 1_700_000_000_000 - n * 1000
    insert.run(Buffer.from(idOf(n).slice(2), 'hex'), clock, clock, `lamp number ${n}`)
  }
  return db
}

describe('messages of an earlier version', () => {
  it('can be read at once, and are found as they are converted, slice by slice, newest first', () => {
    const db = oldDatabase(30)
    migrate(db, migrations, now)
    const at = openRepositories(db)
    expect(at.messages.page({ chatId: general, limit: 50 }).messages).toHaveLength(30)
    expect(at.messages.count({ communityId: community })).toBe(30)
    expect(search(at, 'lamp')).toMatchObject({ messages: [], unsearched: 30 })
    const first = at.conversion.next(10, 1_000_000)
    expect(first).toHaveLength(10)
    at.conversion.convert(first.map(({ key }) => ({ key, contents: { ...nothing, images: 1 } })))
    expect(search(at, 'lamp').messages).toHaveLength(10)
    expect(search(at, 'lamp').unsearched).toBe(20)
    // A node that was killed does some of it again.
    at.conversion.convert(first.map(({ key }) => ({ key, contents: nothing })))
    expect(at.conversion.left()).toBe(20)
    for (let rest = at.conversion.next(7, 1_000_000); rest.length > 0; rest = at.conversion.next(7, 1_000_000))
      at.conversion.convert(rest.map(({ key }) => ({ key, contents: nothing })))
    const found = search(at, 'lamp')
    expect(found.unsearched).toBe(0)
    expect(found.messages.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, n) => idOf(n)))
    expect(search(at, 'has:image').messages).toHaveLength(10)
    expect(at.messages.count({ communityId: community })).toBe(30)
    expect(at.unread.list(community)).toEqual([])
  })

  it('take edits, deletions and reactions before and after, and may go altogether', () => {
    const db = oldDatabase(5)
    migrate(db, migrations, now)
    const at = openRepositories(db)
    const target = (n: number) => ({ target: idOf(n) })
    at.records.ingest(
      [
        { ...edit('e', '', 'edited early'), ...target(0) },
        { ...remove('d', ''), ...target(1) },
      ].map(only),
    )
    at.records.ingest([only({ ...react('r', '', '👍'), ...target(2) })])
    expect(at.messages.get(community, idOf(2))?.reactions).toHaveLength(1)
    db.prepare('DELETE FROM messages WHERE text = ?').run('lamp number 4')
    expect(at.conversion.left()).toBe(4)
    const rows = at.conversion.next(50, 1_000_000)
    at.conversion.convert(rows.map(({ key }) => ({ key, contents: nothing })))
    expect(at.conversion.left()).toBe(0)
    expect(search(at, 'early').messages.map(({ id }) => id)).toEqual([idOf(0)])
    expect(search(at, 'has:reaction').messages.map(({ id }) => id)).toEqual([idOf(2)])
    expect(search(at, 'lamp').messages.map(({ id }) => id)).toEqual([idOf(2), idOf(3)])
    expect(at.messages.count({ communityId: community })).toBe(4)
    db.prepare('DELETE FROM messages').run()
    expect(search(at, 'lamp').messages).toEqual([])
    expect(at.messages.count({ communityId: community })).toBe(0)
  })

  it('stop at so many bytes', () => {
    const db = oldDatabase(5)
    migrate(db, migrations, now)
    expect(openRepositories(db).conversion.next(50, 2)).toHaveLength(2)
  })
})
