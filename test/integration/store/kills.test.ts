/** RULES.md R8.2 for the store: SIGKILL at its crash points and at random moments. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../../src/main/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batchOf } from '../../support/store-batches.ts'
import { community, s } from '../../unit/store/support.ts'

const child = fileURLToPath(new URL('../../support/store-child.ts', import.meta.url))
const kills = Number(process.env.CHRONICLE_KILLS ?? 5)
const size = 40

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-kill-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the child until it dies; returns how it ended and how many batches it acknowledged. */
async function run(batches: number, point: string, whenOpen: (kill: () => void) => void = () => {}) {
  const process_ = spawn(process.execPath, [child, join(folder, 'db'), String(batches), String(size), point], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    process_.once('exit', (_code, signal) => resolve(signal)),
  )
  let acknowledged = 0
  for await (const line of createInterface({ input: process_.stdout })) {
    if (line === 'open') whenOpen(() => process_.kill('SIGKILL'))
    else acknowledged = Number(line.slice('done '.length)) + 1
  }
  return { signal: await ended, acknowledged }
}

/** Whole batches, every acknowledged one among them, and everything else comes in when it is sent again. */
async function check(acknowledged: number, batches: number): Promise<number> {
  const store = await openStore({ file: join(folder, 'db'), clock: new FakeClock() })
  try {
    const found = await store.messages.count({ communityId: community })
    expect(found % size).toBe(0)
    expect(found / size).toBeGreaterThanOrEqual(acknowledged)
    expect((await store.records.count(community)).records).toBe(found)
    let fresh = 0
    for (let n = 0; n < batches; n += 1) fresh += (await store.records.ingest(batchOf(n, size))).fresh.length
    expect(found + fresh).toBe(batches * size)
    const messages = await store.messages.history({ communityId: community, limit: 100_000 })
    expect(new Set(messages.map(({ id }) => id)).size).toBe(batches * size)
    expect(messages).toHaveLength(batches * size)
    const range = { communityId: community, from: s(0), to: s(2 ** 40), partition: null, limit: 100_000 }
    expect(await store.records.scan(range)).toHaveLength(batches * size)
    return found / size
  } finally {
    await store.close()
  }
}

describe('R8.2 a process killed while it takes messages in', () => {
  it('before the commit has stored none of that batch, and all before it', async () => {
    const { signal, acknowledged } = await run(5, 'store.ingest:before@3')
    expect({ signal, acknowledged }).toEqual({ signal: 'SIGKILL', acknowledged: 2 })
    expect(await check(acknowledged, 5)).toBe(2)
  })

  it('after the commit has stored that batch, though it was never acknowledged', async () => {
    const { signal, acknowledged } = await run(5, 'store.ingest:after@3')
    expect({ signal, acknowledged }).toEqual({ signal: 'SIGKILL', acknowledged: 2 })
    expect(await check(acknowledged, 5)).toBe(3)
  })

  it.each(['set-aside:before', 'set-aside:after', 'restore:before', 'restore:after'])(
    'R1.6 at recovery.%s of a damaged database has its backup after the next start, and tells of it',
    async (step) => {
      const file = join(folder, 'db')
      const store = await openStore({ file, clock: new FakeClock(), backupEvery: null })
      await store.records.ingest(batchOf(0, size))
      await store.backUp()
      await store.close()
      writeFileSync(file, 'nothing of it is left '.repeat(1000))
      const { signal, acknowledged } = await run(5, `recovery.${step}`)
      expect({ signal, acknowledged }).toEqual({ signal: 'SIGKILL', acknowledged: 0 })
      const again = await openStore({ file, clock: new FakeClock(), backupEvery: null })
      expect(await again.messages.count({ communityId: community })).toBe(size)
      const damaged = readdirSync(folder).filter((name) => name.endsWith('.damaged'))
      expect(damaged).toHaveLength(1)
      expect(await again.recovery()).toMatchObject({ damaged: damaged[0], reason: expect.stringMatching(/not one/) })
      expect(readFileSync(join(folder, damaged[0] ?? ''), 'utf8')).toMatch(/^nothing of it is left/)
      await again.close()
    },
  )

  const delays = Array.from({ length: kills }, () => Math.floor(Math.random() * 150))
  it.each(delays)('%i ms after opening loses nothing that was acknowledged and doubles nothing', async (delay) => {
    const { acknowledged } = await run(60, '', (kill) => setTimeout(kill, delay))
    await check(acknowledged, 60)
  })
})
