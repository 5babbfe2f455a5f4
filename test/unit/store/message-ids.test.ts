/** Messages by their ids, wherever their ids are kept. */
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { packId } from '../../../src/main/store/keys.ts'
import { MessageIds } from '../../../src/main/store/message-ids.ts'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { openRepositories, type Repositories } from '../../../src/main/store/repositories.ts'
import { chat, community, edit, idOf, ms, only, other, remove } from './support.ts'

let db: Database.Database
let at: Repositories
const names = Array.from({ length: 40 }, (_, n) => `m${n}`)
const collected = () => db.prepare('SELECT count(*) FROM message_ids_new').pluck().get()
const moved = () => db.prepare('SELECT count(*) FROM message_ids').pluck().get()
const ingest = (...effects: readonly Parameters<typeof only>[0][]) => at.records.ingest(effects.map(only))

beforeEach(() => {
  db = new Database(':memory:')
  migrate(db, migrations, ms(1))
  at = openRepositories(db)
  ingest(...names.map((name, n) => chat(name, { clock: ms(n) })))
})

describe('ids', () => {
  it('are moved on once there are enough of them, and lead to the same messages before and after', () => {
    const read = () => names.map((name) => at.messages.get(community, idOf(name))?.id)
    expect([collected(), moved()]).toEqual([40, 0])
    expect(read()).toEqual(names.map(idOf))
    const ids = new MessageIds(db, 41)
    ids.added(0)
    expect([collected(), moved()]).toEqual([40, 0])
    ingest(chat('one more'))
    ids.added(1)
    expect([collected(), moved()]).toEqual([0, 41])
    expect(read()).toEqual(names.map(idOf))
    expect(at.messages.known(community, [idOf('m3'), idOf('one more'), idOf('none')])).toHaveLength(2)
    expect(at.messages.get(other, idOf('m3'))).toBeNull()
  })

  it('of messages that come twice are known, in both tables', () => {
    const twice = () => ingest(...names.map((name, n) => chat(name, { clock: ms(n) }))).fresh
    expect(twice()).toEqual([])
    new MessageIds(db, 1).added(1)
    expect(twice()).toEqual([])
    expect([collected(), moved()]).toEqual([0, 40])
  })

  it('take edits and deletions to messages that were moved on, and go with what goes', () => {
    new MessageIds(db, 1).added(1)
    ingest(edit('e', 'm1', 'changed'), remove('d', 'm2'))
    expect(at.messages.get(community, idOf('m1'))?.text).toBe('changed')
    expect(at.messages.get(community, idOf('m2'))?.deleted).toBe(true)
    db.prepare('DELETE FROM messages WHERE clock < 10').run()
    ingest(chat('late'))
    db.prepare('DELETE FROM messages WHERE clock > 1000').run()
    expect([collected(), moved()]).toEqual([0, 30])
  })

  it('from elsewhere are known again although their clock has changed', () => {
    const foreign = { ...chat('f'), id: `${community}-1234567890` as ReturnType<typeof idOf> }
    expect(ingest(foreign).fresh).toHaveLength(1)
    expect(ingest({ ...foreign, clock: ms(77) }).fresh).toEqual([])
    expect(new MessageIds(db).key(1, packId(foreign.id))).not.toBeNull()
    expect(at.messages.get(community, foreign.id)?.id).toBe(foreign.id)
  })
})
