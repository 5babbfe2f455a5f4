import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archivesOf, openLink } from '../../../src/main/archives/many-entries.ts'
import { openStoreInThread, type RawRecord, type Store } from '../../../src/main/store/index.ts'
import { packEffects } from '../../../src/main/workers/packed-effects.ts'
import type {
  ArchiveId,
  ArchiveLink,
  CommunityId,
  MessageId,
  Millis,
  Seconds,
  Topic4,
} from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const cid = `0x02${'ab'.repeat(32)}` as CommunityId
const s = (n: number) => n as Seconds
const at = 5 as Millis
const topic = 'c09a9d22' as Topic4
let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
})
afterEach(() => store.close())

function record(n: number, change: Partial<RawRecord> = {}): RawRecord {
  const id = n.toString(16).padStart(64, '0')
  return {
    communityId: cid,
    hash: Buffer.from(id, 'hex'),
    sig: new Uint8Array(),
    timestamp: s(n),
    topic: Buffer.from(topic, 'hex'),
    payload: new Uint8Array([n]),
    padding: new Uint8Array([1]),
    thirdPartyId: '',
    messageId: `0x${id}` as MessageId,
    archivable: true,
    ...change,
  }
}
const ingest = (...records: RawRecord[]) =>
  store.records.ingest(records.map((one) => ({ record: one, effect: null, source: 'live' })))
const entry = (id: string, from: number, to: number, offset: number) => ({
  id: id as ArchiveId,
  from: s(from),
  to: s(to),
  topics: [topic],
  locator: { kind: 'torrent', offset, size: 102_400, padding: 100_000 } as const,
})
const link = (name: string) => `magnet:?${name}` as ArchiveLink
const range = (from: number, to: number) => ({ from: s(from), to: s(to) })

describe('claimed records', () => {
  it('R2.3 are claimed once; a late one makes a further partition of the same range', async () => {
    await ingest(record(1), record(5), record(12))
    const cuts = [{ start: s(1), interval: 10 }]
    const first = await store.archives.claim(cid, cuts, [range(1, 11), range(11, 21), range(21, 31)], at)
    expect(first.map(({ from, records }) => [from, records])).toEqual([
      [1, 2],
      [11, 1],
    ])
    expect(await store.archives.claim(cid, cuts, [range(1, 11)], at)).toEqual([])
    await ingest(record(7))
    const [late] = await store.archives.claim(cid, cuts, [range(1, 11)], at)
    expect(late).toMatchObject({ from: 1, to: 11, records: 1 })
    expect(late?.id).toBeGreaterThan(first[0]?.id ?? 0)
    expect(await store.archives.schedule(cid)).toEqual({ cuts, archived: [range(1, 11), range(11, 21)] })
  })

  it('come in pages, in the order of time, topic and hash, each once', async () => {
    const other = Buffer.from('00000001', 'hex')
    await ingest(
      record(9),
      record(3, { timestamp: s(4) }),
      record(2, { timestamp: s(4), topic: other }),
      record(1, { timestamp: s(4) }),
    )
    const [claimed] = await store.archives.claim(cid, [], [range(0, 100)], at)
    const seen: number[] = []
    let page = await store.archives.claimedPage(cid, claimed?.id ?? 0, null, 1)
    while (page.length > 0) {
      expect(page.length).toBe(1)
      seen.push(page[0]?.payload[0] ?? -1)
      page = await store.archives.claimedPage(cid, claimed?.id ?? 0, page[0] ?? null, 1)
    }
    expect(seen).toEqual([2, 1, 3, 9])
    expect(await store.archives.claimedTopics(cid, claimed?.id ?? 0)).toEqual(['00000001', topic])
  })

  it('R2.1 descriptions and announcements are neither counted nor claimed', async () => {
    await ingest(record(1, { archivable: false }), record(2))
    expect(await store.archives.unarchived(cid)).toBe(1)
    expect(await store.archives.claim(cid, [], [range(0, 10)], at)).toMatchObject([{ records: 1 }])
  })
})

describe('a publication', () => {
  const sealed = {
    pubsubTopic: 'p' as never,
    contentTopic: 'c' as never,
    payload: new Uint8Array([1]),
    timestamp: 1n as never,
    ephemeral: false,
  }

  async function staged() {
    await ingest(record(1))
    const [partition] = await store.archives.claim(cid, [], [range(0, 10)], at)
    if (!partition) throw new Error('nothing claimed')
    const parts = [{ file: '/tmp/a', bytes: 2400, messages: 1 }]
    await store.archives.stage(partition.id, { topics: [topic], parts, dropped: 0 })
    const [part] = await store.archives.unpublished(cid, 'torrent')
    if (!part) throw new Error('nothing staged')
    return part
  }

  it('R1.1 is recorded with its links, its clock and its announcement at once', async () => {
    const part = await staged()
    await store.archives.commit({
      communityId: cid,
      clock: 77 as Millis,
      at,
      announcement: { id: 'a', sealed, createdAt: at },
      engines: [
        {
          engine: 'torrent',
          link: link('1'),
          committedBytes: 102_400,
          entries: [{ entry: entry('0x1', 0, 10, 0), part: part.id }],
        },
      ],
    })
    expect(await store.archives.published(cid, 'torrent')).toEqual({
      link: link('1'),
      committedBytes: 102_400,
      entries: [entry('0x1', 0, 10, 0)],
    })
    expect(await store.archives.lastClock(cid)).toBe(77)
    expect(await store.archives.lastEnd(cid)).toBe(10)
    expect(await store.archives.announcedAt(cid)).toBe(at)
    expect(await store.outbox.pending()).toBe(1)
    expect(await store.archives.unfinished(cid)).toEqual([])
    expect(await store.archives.list(cid)).toMatchObject([{ id: '0x1', state: 'published', bytes: 2400, messages: 1 }])
    expect(await store.archives.unpublished(cid, 'torrent')).toEqual([])
    expect((await store.archives.unpublished(cid, 'codex')).map(({ id }) => id)).toEqual([part.id])
    expect(await store.archives.releaseFiles(cid, ['torrent', 'codex'])).toEqual([])
    expect(await store.archives.releaseFiles(cid, ['torrent'])).toEqual(['/tmp/a'])
  })

  it('R1.1 leaves nothing when its announcement cannot be written', async () => {
    const part = await staged()
    const broken = { id: 'a', sealed: { ...sealed, payload: null as never }, createdAt: at }
    const engines = [
      {
        engine: 'torrent',
        link: link('1'),
        committedBytes: 102_400,
        entries: [{ entry: entry('0x1', 0, 10, 0), part: part.id }],
      },
    ] as const
    const commit = { communityId: cid, clock: 77 as Millis, at, announcement: broken, engines }
    await expect(store.archives.commit(commit)).rejects.toThrow()
    expect(await store.archives.published(cid, 'torrent')).toBeNull()
    expect(await store.archives.unfinished(cid)).toMatchObject([{ state: 'staged' }])
    expect(await store.archives.list(cid)).toMatchObject([{ state: 'staged', from: 0, to: 10 }])
  })

  it('R1.2 records found in an archive of ours are not archived again', async () => {
    await ingest(record(1), record(2))
    await store.archives.markArchived(cid, range(0, 10), [record(1).hash], at)
    await store.archives.markArchived(cid, range(0, 10), [record(1).hash], at)
    expect(await store.archives.unarchived(cid)).toBe(1)
    expect((await store.archives.schedule(cid)).archived).toEqual([range(0, 10)])
  })
})

describe('a member’s archives', () => {
  const accept = (name: string, clock: number) =>
    store.downloads.acceptLink(
      cid,
      { engine: 'torrent', link: link(name), clock: clock as Millis, hints: ['1.2.3.4:5'] },
      at,
    )
  const open = (...ids: string[]) =>
    store.downloads.openLink(
      cid,
      { engine: 'torrent', link: link('1') },
      { entries: ids.map((id, i) => entry(id, i * 10, i * 10 + 10, i * 102_400)), refused: { OVERLAP: 2 } },
      at,
    )

  it('a newer link supersedes one that is not done, and leaves one that is', async () => {
    await accept('1', 1)
    await accept('2', 2)
    expect((await store.downloads.links(cid)).map(({ state }) => state)).toEqual(['accepted', 'superseded'])
    await store.downloads.setLinkState(cid, { engine: 'torrent', link: link('2') }, 'done')
    await accept('3', 3)
    expect((await store.downloads.links(cid)).map(({ state }) => state)).toEqual(['accepted', 'done', 'superseded'])
    expect((await store.downloads.links(cid))[0]?.hints).toEqual(['1.2.3.4:5'])
    expect(await store.downloads.unfinished()).toEqual([cid])
  })

  it('are named by an index, and known ones keep their state when it is opened again', async () => {
    await accept('1', 1)
    await open('0xa', '0xb')
    await store.downloads.setState(cid, 'torrent', '0xa' as ArchiveId, { state: 'downloaded', bytes: 2400, at })
    await open('0xa', '0xb', '0xc')
    expect((await store.downloads.list(cid)).map(({ id, state, bytes }) => [id, state, bytes])).toEqual([
      ['0xc', 'wanted', 2400],
      ['0xb', 'wanted', 2400],
      ['0xa', 'downloaded', 2400],
    ])
    expect((await store.downloads.links(cid))[0]).toMatchObject({ state: 'opened', refused: { OVERLAP: 2 } })
    expect(await store.downloads.refused(cid)).toEqual({ OVERLAP: 2 })
  })

  it('that a long index names go to the store and come from it some at a time, each once and in order', async () => {
    await accept('1', 1)
    // Two of each range, so that pages end within one, too.
    const entries = Array.from({ length: 1700 }, (_one, n) => entry(`0x${n}`, (n >> 1) + 1, (n >> 1) + 2, n * 102_400))
    const { downloads } = store
    const sizes: number[] = []
    const counting = {
      nameArchives: (...args: Parameters<typeof downloads.nameArchives>) => {
        sizes.push(args[1].length)
        return downloads.nameArchives(...args)
      },
      openLink: (...args: Parameters<typeof downloads.openLink>) => {
        sizes.push(args[2].entries.length)
        return downloads.openLink(...args)
      },
      archivesAfter: async (...args: Parameters<typeof downloads.archivesAfter>) => {
        const page = await downloads.archivesAfter(...args)
        sizes.push(page.length)
        return page
      },
    }
    await openLink(counting, cid, { engine: 'torrent', link: link('1') }, { entries, refused: { OVERLAP: 1 } }, at)
    expect((await downloads.links(cid))[0]).toMatchObject({ state: 'opened', refused: { OVERLAP: 1 } })
    const rows = await archivesOf(counting, cid)
    expect(rows).toEqual(await downloads.archives(cid))
    expect(rows).toHaveLength(1700)
    expect(sizes).toEqual([500, 500, 500, 200, 500, 500, 500, 200])
  })

  it('are imported with their last batch, and change no more', async () => {
    await accept('1', 1)
    await open('0xa')
    const id = '0xa' as ArchiveId
    await store.downloads.beginImport(cid, 'torrent', id, at)
    await store.downloads.importBatch(cid, 'torrent', id, packEffects([]), {
      done: false,
      messages: 500,
      refused: { 'wrong-topic': 1 },
      at,
    })
    expect(await store.downloads.list(cid)).toMatchObject([{ state: 'importing', messages: 500 }])
    await store.downloads.beginImport(cid, 'torrent', id, at)
    await store.downloads.importBatch(cid, 'torrent', id, packEffects([]), {
      done: true,
      messages: 7,
      refused: { 'wrong-topic': 2 },
      at,
    })
    await store.downloads.setState(cid, 'torrent', id, { state: 'wanted', at })
    await store.downloads.beginImport(cid, 'torrent', id, at)
    expect(await store.downloads.archives(cid)).toMatchObject([
      { state: 'imported', messages: 7, refused: { 'wrong-topic': 2 } },
    ])
  })

  it('settings survive each other', async () => {
    await store.downloads.setPaused(cid, true)
    await store.downloads.setWanted(cid, { kind: 'range', from: s(1), to: s(2) })
    await store.downloads.noteDescription(cid, 9 as Millis, at)
    await store.downloads.noteDescription(cid, 8 as Millis, at)
    expect(await store.downloads.settings(cid)).toEqual({
      paused: true,
      seeding: true,
      wanted: { kind: 'range', from: 1, to: 2 },
      description: { clock: 9, since: at },
    })
  })
})
