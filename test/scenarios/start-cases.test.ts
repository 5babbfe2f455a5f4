/** PROTOCOL.md §5.2: the three ways in which a starting owner finds its community, each in a process of its own. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Folders, temporaryFolders } from '../integration/archives/support/world.ts'
import type { OwnerLine, OwnerTask } from './support/owner-child.ts'

const child = fileURLToPath(new URL('./support/owner-child.ts', import.meta.url))
const START = 1_700_000_000
const DAY = 24 * 3600
const WEEK = 7 * DAY

let folders: Folders
beforeEach(() => {
  folders = temporaryFolders()
})
afterEach(() => folders.remove())

/** One life of the owner: begun, done, and killed without a word. */
async function life(task: Omit<OwnerTask, 'root' | 'now'> & { readonly at: number }) {
  const words: OwnerTask = { ...task, root: folders.root, now: task.at * 1000 }
  const owner = spawn(process.execPath, ['--no-warnings', child, JSON.stringify(words)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: OwnerLine[] = []
  try {
    for await (const line of createInterface({ input: owner.stdout })) {
      lines.push(JSON.parse(line))
      if (lines.length === 2) break
    }
  } finally {
    owner.kill('SIGKILL')
    await new Promise((resolve) => owner.once('close', resolve))
  }
  const [begun, done] = lines
  if (!begun || !done) throw new Error('the owner ended before it was done')
  return { begun, done }
}

it('starts with nothing, with something due, with nothing due, and after weeks away, each time as it should', async () => {
  const first = await life({ at: START, said: [{ at: START + 60, text: 'the first word' }] })
  expect(first.begun).toMatchObject({ startedAs: 'A', nextAt: null, archives: [], announced: [] })
  expect(first.done).toMatchObject({ unarchived: 1, archives: [] })

  const grid = START + 60
  const second = await life({
    at: START + 8 * DAY,
    missed: [{ at: START + 2 * DAY, text: 'said while it was away' }],
    said: [{ at: START + 8 * DAY + 5, text: 'of the second week' }],
  })
  expect(second.begun).toMatchObject({ startedAs: 'C', archives: [[grid, grid + WEEK]], unarchived: 0, seeded: true })
  expect(second.begun.announced.length).toBe(1)

  const third = await life({ at: START + 9 * DAY, stays: (6 * DAY + 7200) * 1000 })
  expect(third.begun).toMatchObject({
    startedAs: 'B',
    archives: [[grid, grid + WEEK]],
    seeded: true,
    nextAt: (grid + 2 * WEEK + 120) * 1000,
    announced: second.begun.announced,
  })
  const two = [
    [grid, grid + WEEK],
    [grid + WEEK, grid + 2 * WEEK],
  ]
  expect(third.done).toMatchObject({ archives: two, unarchived: 0, seeded: true })
  expect(third.done.announced.at(-1)).toBeGreaterThan(third.begun.announced.at(-1) ?? 0)

  const said = [2, 3, 5, 6].map((week) => ({ at: grid + week * WEEK + 10, text: `week ${week}` }))
  const fourth = await life({ at: grid + 6 * WEEK + DAY, missed: said })
  expect(fourth.begun).toMatchObject({ startedAs: 'C', unarchived: 1, seeded: true })
  expect(fourth.begun.archives).toEqual([...two, ...[2, 3, 5].map((n) => [grid + n * WEEK, grid + (n + 1) * WEEK])])
  expect(fourth.begun.nextAt).toBe((grid + 7 * WEEK + 120) * 1000)
})
