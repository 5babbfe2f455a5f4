import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ArchiveDownloader, IndexDownloader } from '../../../../src/main/distribution/codex/downloaders.ts'
import { type ArchiveEntry, type DatasetClient, EngineError } from '../../../../src/main/distribution/engine.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { temporaryFolder } from '../../../support/torrent.ts'

/** A node that says what a test tells it to. */
function node(has: (cid: string) => boolean = () => true) {
  const path = join(temporaryFolder(), 'dataset')
  writeFileSync(path, 'the index')
  const fetched: string[] = []
  const failing = new Set<string>()
  let asked = 0
  const client: DatasetClient = {
    fetch: async (cid, { onProgress } = {}) => {
      fetched.push(cid)
      if (failing.has(cid)) throw new EngineError('timeout', 'nobody has it')
      onProgress?.({ done: 9, total: 9 })
      return { path, offset: 0, length: 9 }
    },
    has: async (cid) => {
      asked += 1
      return has(cid)
    },
    upload: () => Promise.reject(new Error('not asked for')),
    download: () => Promise.reject(new Error('not asked for')),
    remove: () => Promise.reject(new Error('not asked for')),
    debug: () => Promise.reject(new Error('not asked for')),
    connect: () => {},
  }
  return { client, fetched, failing, asked: () => asked }
}

const entries = [1, 3, 2].map((week) => {
  const entry = {
    id: `0x0${week}`,
    from: week,
    to: week + 1,
    topics: [],
    locator: { kind: 'codex', cid: `cid ${week}` },
  }
  return entry as unknown as ArchiveEntry
})

describe('the index downloader', () => {
  it('gives the index, and how far it is', async () => {
    const downloader = new IndexDownloader(node().client, 'index')
    expect(downloader.progress).toEqual({ done: 0, total: 0 })
    expect(Buffer.from(await downloader.download()).toString()).toBe('the index')
    expect(downloader.progress).toEqual({ done: 9, total: 9 })
  })

  it('asks until every byte is here, and not for ever', async () => {
    const clock = new FakeClock()
    const { client, asked } = node(() => asked() >= 3)
    const found = new IndexDownloader(client, 'index', { clock }).download()
    await clock.advance(1999)
    expect(asked()).toBe(2)
    await clock.advance(1)
    expect((await found).length).toBe(9)
    const never = new IndexDownloader(node(() => false).client, 'index', { clock, pollAtMost: 5000 }).download()
    const refused = expect(never).rejects.toMatchObject({ code: 'timeout' })
    await clock.advance(5000)
    await refused
  })

  it('can be cancelled while it asks', async () => {
    const clock = new FakeClock()
    const downloader = new IndexDownloader(node(() => false).client, 'index', { clock })
    const refused = expect(downloader.download()).rejects.toMatchObject({ code: 'aborted' })
    await clock.advance(500)
    downloader.cancel()
    await refused
    expect(clock.pending).toBe(0)
  })
})

describe('the archive downloader', () => {
  it('fetches what is not here, the newest first, tells of each, and counts', async () => {
    const { client, fetched } = node()
    const seen: string[] = []
    const downloader = new ArchiveDownloader(client, entries, {
      known: new Set(['0x02']),
      onStarting: ({ id }) => seen.push(`starting ${id}`),
      onArchive: ({ id }) => seen.push(`${id} ${JSON.stringify(downloader.counts)}`),
    })
    expect(downloader.counts).toEqual({ total: 3, pending: 2, done: 1 })
    await downloader.download()
    expect(fetched).toEqual(['cid 3', 'cid 1'])
    expect(seen).toEqual([
      'starting 0x03',
      '0x03 {"total":3,"pending":1,"done":2}',
      'starting 0x01',
      '0x01 {"total":3,"pending":0,"done":3}',
    ])
  })

  it('goes on with the others when one fails, which stays pending and can be tried again', async () => {
    const { client, fetched, failing } = node()
    failing.add('cid 3')
    const failed: string[] = []
    const downloader = new ArchiveDownloader(client, entries, { onFailed: ({ id }) => failed.push(id) })
    await downloader.download()
    expect([failed, downloader.counts]).toEqual([['0x03'], { total: 3, pending: 1, done: 2 }])
    failing.clear()
    await downloader.download()
    expect(fetched).toEqual(['cid 3', 'cid 2', 'cid 1', 'cid 3'])
    expect(downloader.counts.pending).toBe(0)
  })

  it('begins no other archive while it is paused', async () => {
    const { client, fetched } = node()
    const downloader = new ArchiveDownloader(client, entries, { onArchive: () => downloader.pause() })
    const downloading = downloader.download()
    await expect.poll(() => downloader.counts.done).toBe(1)
    expect(fetched).toEqual(['cid 3'])
    downloader.resume()
    await expect.poll(() => downloader.counts.done).toBe(2)
    downloader.cancel()
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect(fetched).toEqual(['cid 3', 'cid 2'])
  })

  it('can be cancelled while the node is asked whether it has all of it', async () => {
    const clock = new FakeClock()
    const { client } = node(() => false)
    const downloader = new ArchiveDownloader(client, entries, { clock })
    const refused = expect(downloader.download()).rejects.toMatchObject({ code: 'aborted' })
    await clock.advance(1500)
    downloader.cancel()
    await refused
    expect(downloader.counts).toEqual({ total: 3, pending: 3, done: 0 })
    expect(clock.pending).toBe(0)
  })
})
