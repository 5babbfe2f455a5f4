/** R1.6 and "a corrupt database": every kind of damage on real files, and what stands in for them. */
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listBackups, openStore, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batchOf } from '../../support/store-batches.ts'
import { community } from '../../unit/store/support.ts'

let folder: string
let file: string
let clock: FakeClock
const open: Store[] = []
let sound: string
beforeAll(async () => {
  sound = mkdtempSync(join(tmpdir(), 'chronicle-recovery-sound-'))
  await prepare(join(sound, 'chronicle.sqlite'))
})
afterAll(() => rmSync(sound, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-recovery-'))
  file = join(folder, 'chronicle.sqlite')
  clock = new FakeClock()
})
afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function openHere(beginAnew = false): Promise<Store> {
  const store = await openStoreInThread(file, clock, { beginAnew })
  open.push(store)
  return store
}
async function openInThreads(path = file, at = clock): Promise<Store> {
  const store = await openStore({ file: path, clock: at, backupEvery: null })
  open.push(store)
  return store
}
const count = (store: Store) => store.messages.count({ communityId: community })
const damagedFiles = () => readdirSync(folder).filter((name) => name.includes('.damaged'))

/** A database of 300 messages, and a backup of the first 100. */
async function prepare(path: string): Promise<void> {
  const store = await openStore({ file: path, clock: new FakeClock(), backupEvery: null })
  await store.records.ingest(batchOf(0, 100))
  await store.backUp()
  await store.records.ingest(batchOf(1, 200))
  await store.close()
}

/** A megabyte for each message. */
const heavy = (items: ReturnType<typeof batchOf>) =>
  items.map((item) =>
    item.effect?.kind === 'chat' ? { ...item, effect: { ...item.effect, body: new Uint8Array(1_000_000) } } : item,
  )

const takeSound = () => cpSync(sound, folder, { recursive: true })

/** The way damage comes about: by broken disks, cut copies, other programs and hands. */
const damages: Readonly<Record<string, (path: string) => void>> = {
  'full of garbage': (path) => writeFileSync(path, 'this is not a database '.repeat(1000)),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  'cut in the middle of a page': (path) => truncateSync(path, 4096 * 3 + 100),
  'of length zero': (path) => truncateSync(path, 0),
  missing: (path) => rmSync(path),
  'headed by other bytes': (path) => overwrite(path, 0, Buffer.from('SQLite format 9\0')),
  'overwritten in its middle': (path) => {
    const pages = Math.floor(statSync(path).size / 4096)
    overwrite(path, 4096 * Math.floor(pages / 2), Buffer.alloc(4096 * Math.ceil(pages / 4), 0xff))
  },
  'another program’s database': (path) => {
    rmSync(path)
    const db = new Database(path)
    db.exec('CREATE TABLE bookmarks (url TEXT)')
    db.close()
  },
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

describe('R1.6 a database that is found', () => {
  it.each(Object.keys(damages))('%s is replaced by its backup, kept aside, and told of', async (kind) => {
    takeSound()
    damages[kind]?.(file)
    const before = existsSync(file) ? readFileSync(file) : null
    await clock.advance(1000)
    const store = await openHere()
    expect(await count(store)).toBe(100)
    const recovery = await store.recovery()
    expect(recovery).toMatchObject({ at: clock.now(), backupAt: listBackups(join(folder, 'backups'))[0]?.at })
    expect(recovery?.reason).toMatch(/^The database .+\./)
    if (before === null) expect(recovery?.damaged).toBeNull()
    else {
      expect(recovery?.damaged).toMatch(/^chronicle\.sqlite\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.damaged$/)
      // Past the header, in which whoever opens a database leaves a mark.
      const kept = readFileSync(join(folder, recovery?.damaged ?? ''))
      expect(kept.subarray(100).equals(before.subarray(100))).toBe(true)
    }
    // It goes on as any other, and is told of until somebody says that it was told.
    expect((await store.records.ingest(batchOf(1, 200))).fresh).toHaveLength(200)
    await store.close()
    const again = await openHere()
    expect(await count(again)).toBe(300)
    expect(await again.recovery()).toEqual(recovery)
    await again.recoveryTold()
    expect(await again.recovery()).toBeNull()
  })

  it('damaged, with damaged backups, gets the newest one that is whole', async () => {
    takeSound()
    const [oldest] = listBackups(join(folder, 'backups'))
    for (const [at, damage] of Object.entries({ 2: 'full of garbage', 1: 'another program’s database' })) {
      const newer = join(folder, 'backups', `chronicle.sqlite.${Number(oldest?.at) + Number(at)}.backup`)
      copyFileSync(oldest?.file ?? '', newer)
      damages[damage]?.(newer)
    }
    expect(listBackups(join(folder, 'backups'))).toHaveLength(3)
    damages['of length zero']?.(file)
    const restored = await openInThreads()
    expect(await count(restored)).toBe(100)
    expect(await restored.recovery()).toMatchObject({ backupAt: oldest?.at })
  })

  it('damaged without a whole backup is refused and left alone, until a person chooses to begin anew', async () => {
    const store = await openHere()
    await store.records.ingest(batchOf(0, 100))
    await store.close()
    damages['overwritten in its middle']?.(file)
    writeFileSync(`${file}-wal`, 'what was written last')
    const before = readFileSync(file)
    await expect(openHere()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('no backup') })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(damagedFiles()).toEqual([])
    const empty = await openHere(true)
    expect(await count(empty)).toBe(0)
    const recovery = await empty.recovery()
    expect(recovery).toMatchObject({ backupAt: null, damaged: damagedFiles()[0] })
    expect(readFileSync(join(folder, recovery?.damaged ?? '')).equals(before)).toBe(true)
  })

  it('whole is not begun anew, whoever asks for it', async () => {
    takeSound()
    const store = await openHere(true)
    expect(await count(store)).toBe(300)
    expect(await store.recovery()).toBeNull()
  })

  it('new and cut short before anything was in it is new again', async () => {
    writeFileSync(file, '')
    expect(await count(await openHere())).toBe(0)
  })
})

describe('R1.6 a backup', () => {
  it('of a database that was damaged meanwhile does not push out those that are whole', async () => {
    const store = await openInThreads()
    // More than a connection keeps in memory: what lies there would be copied whole.
    for (let n = 0; n < 8; n += 1) await store.records.ingest(heavy(batchOf(n, 10)))
    const backup = await store.backUp()
    await store.close()
    // Damage that nobody has read yet: the database opens, and its pages are copied as they are.
    const again = await openInThreads()
    await again.settings.set('a', 1)
    const pages = Math.floor(statSync(file).size / 4096)
    overwrite(file, 4096 * 1000, Buffer.alloc(4096 * (pages - 2000), 0xff))
    await clock.advance(1000)
    await expect(again.backUp()).rejects.toMatchObject({ code: 'corrupt' })
    expect(listBackups(join(folder, 'backups')).map((each) => each.file)).toEqual([backup])
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(1)
  })

  it('put in the place of the database by hand is the database', async () => {
    takeSound()
    copyFileSync(listBackups(join(folder, 'backups'))[0]?.file ?? '', file)
    expect(await count(await openHere())).toBe(100)
  })
})
