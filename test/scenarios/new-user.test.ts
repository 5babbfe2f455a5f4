/**
 * Tried as a new user would: the program as it is started, nothing set up, a community whose past only archives have.
 * From the start to reading it, in under 12 clicks and 5 minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/supported-node.mjs'
import { type Demo, readCorpus, runDemo } from '../../src/main/demo/index.ts'
import { createHome, openDesktop, openHeadless, type Surface } from '../e2e/surfaces.ts'
import { findBrowser } from '../support/browser.ts'
import { becomeReader } from '../support/new-user.ts'

let folder: string
let demo: Demo
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-new-user-'))
  const corpus = await readCorpus(join(root, 'resources/sample/community.ndjson'))
  const step = () => ({ update: () => {}, done: () => 0 })
  demo = await runDemo({ corpus, members: 0, folder, step, signal: AbortSignal.timeout(300_000) })
})
afterAll(async () => {
  await demo?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('a new user', () => {
  it('reads a restored history in under 12 clicks and 5 minutes', async () => {
    const { kind } = await findBrowser()
    const { home, remove } = await createHome()
    const began = performance.now()
    let surface: Surface | null = null
    try {
      surface = kind === 'full' ? await openDesktop(home) : await openHeadless(home)
      const started = performance.now()
      const { communityId, nodes } = demo
      const clicks = await becomeReader({ page: surface.page, nodes, communityId })
      const read = performance.now()
      const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
      console.log(
        `${kind === 'full' ? 'desktop' : 'browser'}: ${clicks} clicks; ${seconds(began, started)} to the first page, ` +
          `${seconds(started, read)} from there to reading, ${seconds(began, read)} in all`,
      )
      expect(clicks).toBeLessThan(12)
      expect(read - began).toBeLessThan(300_000)
      await surface.page.getByText(/^\d+ messages$/).waitFor()
      expect(surface.complaints).toEqual([])
    } finally {
      await surface?.close()
      await remove()
    }
  })
})
