/** Opening, migrating, checking and backing up database files. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listBackups, openStore, type Store, type StoreOptions } from '../../../src/main/store/index.ts'
import { migrate, pendingMigrations } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batchOf } from '../../support/store-batches.ts'
import { community, ms } from '../../unit/store/support.ts'

const day = 86_400_000
let folder: string
let file: string
let clock: FakeClock
const open: Store[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-upkeep-'))
  file = join(folder, 'chronicle.sqlite')
  clock = new FakeClock()
})
afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})
async function openHere(change: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ file, clock, ...change })
  open.push(store)
  return store
}
const backups = () => listBackups(join(folder, 'backups'))
const withDatabase = <T>(path: string, step: (db: Database.Database) => T): T => {
  const db = new Database(path)
  try {
    return step(db)
  } finally {
    db.close()
  }
}

describe('R1.6 backups', () => {
  it('are whole databases, made while the store is in use', async () => {
    const store = await openHere()
    await store.records.ingest(batchOf(0, 500))
    const [backup] = await Promise.all([
      store.backUp(),
      store.records.ingest(batchOf(1, 500)),
      store.records.ingest(batchOf(2, 500)),
    ])
    expect(backups().map((each) => each.file)).toEqual([backup])
    withDatabase(backup, (db) => {
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(db.prepare('SELECT count(*) % 500 AS rest, count(*) >= 500 AS first FROM messages').get()).toEqual({
        rest: 0,
        first: 1,
      })
    })
    expect(await store.messages.count({ communityId: community })).toBe(1500)
  })

  it('are finished before the store closes, and what a crash left of one is cleared away', async () => {
    const store = await openHere()
    writeFileSync(join(folder, 'backups', 'chronicle.sqlite.1600000000000.backup.part'), 'half')
    for (let n = 0; n < 10; n += 1) await store.records.ingest(batchOf(n, 500))
    const backup = store.backUp()
    await store.close()
    expect(readdirSync(join(folder, 'backups'))).toEqual([basename(await backup)])
  })

  it('are made daily and three are kept', async () => {
    const made: number[] = []
    const store = await openHere()
    for (let n = 0; n < 5; n += 1) {
      await clock.advance(day)
      await store.backUp() // behind the one by time, in the same millisecond: the same name
      made.push(clock.now())
      await expectTimer()
    }
    expect(backups().map(({ at }) => at)).toEqual(made.slice(-3).reverse())
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(3)
  })

  it('are counted from the last one, also over a restart', async () => {
    const first = await openHere()
    await first.backUp()
    await first.close()
    expect(clock.pending).toBe(0)
    await clock.advance(day - 1000)
    await openHere()
    expect(clock.nextIn).toBe(1000)
  })

  it('that fail are tried again in an hour, and say so', async () => {
    writeFileSync(join(folder, 'backups'), 'in the way')
    const failures: Error[] = []
    const failed = new Promise<void>((resolve) => {
      void openHere({
        onBackupFailure: (error) => {
          failures.push(error)
          resolve()
        },
      }).then(() => clock.advance(day))
    })
    await failed
    await expectTimer()
    expect(failures).toMatchObject([{ name: 'StoreError' }])
    expect(clock.nextIn).toBe(3_600_000)
  })

  it('are made before every migration of a database in use, and not of a new one', async () => {
    await (await openHere()).close()
    expect(backups()).toEqual([])
    withDatabase(file, (db) =>
      db.exec(
        'DELETE FROM schema_steps WHERE number = 3; DROP TABLE activity; DROP TABLE outbox; DROP TABLE segments; DROP TABLE joined_segments; DROP TABLE counters; DROP TABLE sync_marks; DROP TABLE sync_gaps',
      ),
    )
    const store = await openHere()
    await store.activity.add({ at: ms(1), kind: 'x', communityId: null, detail: null })
    expect(backups()).toHaveLength(1)
    withDatabase(backups()[0]?.file ?? '', (db) => {
      expect(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'activity'").get()).toBeUndefined()
    })
  })

  async function expectTimer(): Promise<void> {
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  }
})

describe('a database file', () => {
  it('is closed without leftovers and readable by its owner only', async () => {
    const store = await openHere()
    await store.settings.set('a', 1)
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    await store.close()
    expect(readdirSync(folder)).toEqual(['backups', 'chronicle.sqlite'])
  })

  it('that is none is refused with a sentence', async () => {
    writeFileSync(file, 'this is not a database, but it is long enough to be taken for one'.repeat(100))
    await expect(openHere()).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt', message: /no backup/ })
  })

  it('R1.6 that is damaged is refused at the start', async () => {
    const store = await openHere()
    for (let n = 0; n < 4; n += 1) await store.records.ingest(batchOf(n, 500))
    await store.close()
    const handle = openSync(file, 'r+')
    const pages = statSync(file).size / 4096
    for (let page = pages - 20; page < pages; page += 1)
      writeSync(handle, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096)
    closeSync(handle)
    await expect(openHere()).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt' })
  })

  it('of a newer version is refused and left as it is', async () => {
    await (await openHere()).close()
    withDatabase(file, (db) => db.exec("INSERT INTO schema_steps VALUES (9999, 'future', 0)"))
    await expect(openHere()).rejects.toMatchObject({ code: 'newer', message: /newer version/ })
  })

  it('in a folder that does not exist is refused', async () => {
    await expect(openHere({ file: join(folder, 'no', 'db') })).rejects.toMatchObject({ code: 'unreachable' })
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })

  it('is restored by putting a backup in its place', async () => {
    const store = await openHere()
    await store.records.ingest(batchOf(0, 100))
    const backup = await store.backUp()
    await store.records.ingest(batchOf(1, 100))
    await store.close()
    copyFileSync(backup, file)
    expect(await (await openHere()).messages.count({ communityId: community })).toBe(100)
  })
})

describe('migrations', () => {
  it('have numbers of their own and names that say what they are', () => {
    expect(new Set(migrations.map(({ number }) => number)).size).toBe(migrations.length)
    for (const { name } of migrations) expect(name).toMatch(/^[a-z-]+$/)
  })

  it('come to the same schema from every step on', () => {
    const schema = (db: Database.Database) =>
      db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
    const whole = new Database(':memory:')
    migrate(whole, migrations, ms(1))
    const sorted = [...migrations].sort((a, b) => a.number - b.number)
    for (let steps = 0; steps <= sorted.length; steps += 1) {
      const db = new Database(':memory:')
      migrate(db, sorted.slice(0, steps), ms(1))
      expect(pendingMigrations(db, migrations)).toHaveLength(sorted.length - steps)
      migrate(db, migrations, ms(2))
      expect(schema(db)).toEqual(schema(whole))
    }
  })

  it('leave a database as it was when one of them fails, those before it kept', () => {
    const db = new Database(':memory:')
    const broken = [
      { number: 1, name: 'good', up: 'CREATE TABLE good (x)' },
      { number: 2, name: 'bad', up: 'CREATE TABLE half (x); SELECT nonsense' },
    ]
    expect(() => migrate(db, broken, ms(1))).toThrow(expect.objectContaining({ code: 'migration' }))
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('good', 'half')").pluck().all()
    expect(tables).toEqual(['good'])
  })

  it('of a lower range are applied to a database that knows a higher one', () => {
    const db = new Database(':memory:')
    const step = (number: number) => ({ number, name: 'step', up: `CREATE TABLE t${number} (x)` })
    migrate(db, [step(100)], ms(1))
    migrate(db, [step(100), step(2)], ms(2))
    expect(pendingMigrations(db, [step(2), step(100)])).toEqual([])
    expect(() => pendingMigrations(db, [step(2), step(2)])).toThrow(/number 2/)
  })
})
