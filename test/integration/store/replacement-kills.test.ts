/** RULES.md R8.2 for messages put aside: killed at any step, each is here or put aside, and all of them come back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStoreInThread } from '../../../src/main/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batchOf } from '../../support/store-batches.ts'
import { community } from '../../unit/store/support.ts'

const child = fileURLToPath(new URL('../../support/replacement-child.ts', import.meta.url))
const SIZE = 40

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-replacement-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () => openStoreInThread(join(folder, 'db'), new FakeClock())
const everything = { communityId: community, limit: 1000 }

describe('R8.2 a process killed while it puts messages aside or brings them back', () => {
  it.each([
    ['replacement.aside:before@2', 10],
    ['replacement.aside:after@2', 20],
    ['replacement.restore:before@2', 30],
    ['replacement.restore:after@2', 20],
  ])('at %s has done whole steps, and loses nothing', async (point, aside) => {
    const before = await open()
    await before.records.ingest(batchOf(0, SIZE))
    const history = await before.messages.history(everything)
    await before.close()
    const node = spawn(process.execPath, ['--no-warnings', child, join(folder, 'db'), point], { stdio: 'inherit' })
    expect((await once(node, 'exit'))[1]).toBe('SIGKILL')

    const store = await open()
    try {
      expect(await store.replacement.replaced(community)).toBe(aside)
      expect(await store.messages.count({ communityId: community })).toBe(history.length - aside)
      for (let left = 1; left > 0; ) left = (await store.replacement.restore(community, 15)).left
      expect(await store.messages.history(everything)).toEqual(history)
      expect(await store.replacement.isOn(community)).toBe(false)
    } finally {
      await store.close()
    }
  })
})
