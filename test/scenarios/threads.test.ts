/** Threads come and go while their native modules load, and the program that has them stays. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const child = fileURLToPath(new URL('./support/ending-child.ts', import.meta.url))
const SECONDS = 30

describe('threads with native modules', () => {
  // With `terminate` in place of `ask` the process is gone by SIGABRT within a minute, on most machines.
  it('are ended at any moment of theirs, and take nobody with them', async () => {
    const running = spawn(process.execPath, [child, 'ask', `${SECONDS}`], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [running.stdout, running.stderr])
      stream.setEncoding('utf8').on('data', (text) => (said += text))
    const [code, signal] = await once(running, 'close')
    expect({ code, signal, said }).toEqual({ code: 0, signal: null, said: expect.stringMatching(/^\d+\n$/) })
    expect(Number(said)).toBeGreaterThan(10)
  }, 120_000)
})
