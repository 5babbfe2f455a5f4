import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type Store, type StoreOptions, type ThreadName } from '../../../src/main/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batchOf } from '../../support/store-batches.ts'

let folder: string
let file: string
let store: Store | null = null
const threads = new Map<ThreadName, Worker>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-store-'))
  file = join(folder, 'chronicle.sqlite')
})
afterEach(async () => {
  await store?.close()
  store = null
  rmSync(folder, { recursive: true, force: true })
})

async function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  store = await openStore({
    file,
    clock: new FakeClock(),
    onThread: (name, worker) => threads.set(name, worker),
    ...options,
  })
  return store
}

async function kill(name: ThreadName): Promise<void> {
  await threads.get(name)?.terminate()
}

describe('a store in threads', () => {
  it('reads what was written before, also after it was closed and opened again', async () => {
    const first = await open()
    await first.settings.set('colour', { red: 1 })
    expect(await first.settings.get('colour')).toEqual({ red: 1 })
    await first.close()
    expect(await (await open()).settings.get('colour')).toEqual({ red: 1 })
  })

  it('R7.3 rejects what was pending in a dead writer and goes on with a new one', async () => {
    const open1 = await open()
    await open1.settings.set('kept', 1)
    const pending = Array.from({ length: 50 }, (_, n) => open1.settings.set(`pending ${n}`, n))
    const outcomes = Promise.allSettled(pending)
    await kill('store-writer')
    const rejected = (await outcomes).filter((outcome) => outcome.status === 'rejected')
    for (const outcome of rejected) expect(outcome.reason).toMatchObject({ name: 'StoreError', code: 'gone' })
    expect(rejected.length).toBeGreaterThan(0)
    await open1.settings.set('after', 2)
    expect(await open1.settings.list('')).toMatchObject({ kept: 1, after: 2 })
  })

  it('R7.3 repeats a read whose thread died under it', async () => {
    const opened = await open()
    await opened.settings.set('a', 1)
    const reading = Array.from({ length: 20 }, () => opened.settings.get('a'))
    await kill('store-reader')
    expect(await Promise.all(reading)).toEqual(Array(20).fill(1))
  })

  it('R7.3 answers a read while a long write goes on', async () => {
    const opened = await open()
    await opened.settings.set('a', 1)
    const order: string[] = []
    const writing = opened.records.ingest(batchOf(0, 5000)).then(() => order.push('write'))
    await opened.settings.get('a').then(() => order.push('read'))
    await writing
    expect(order).toEqual(['read', 'write'])
  })

  it('R7.3 lets a live message overtake the batches of an import', async () => {
    const opened = await open()
    const order: string[] = []
    const importing = (async () => {
      for (let n = 0; n < 5; n += 1) {
        await opened.records.ingest(batchOf(n, 400))
        order.push('batch')
      }
    })()
    await opened.records.ingest(batchOf(999_999, 1)).then(() => order.push('live'))
    await importing
    expect(order.indexOf('live')).toBeLessThanOrEqual(1)
  })

  it('refuses calls after it was closed', async () => {
    const opened = await open()
    await opened.close()
    await expect(opened.settings.get('a')).rejects.toMatchObject({ code: 'closed' })
    await expect(opened.settings.set('a', 1)).rejects.toMatchObject({ code: 'closed' })
  })
})
