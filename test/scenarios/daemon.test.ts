/** The daemon as a process: who is logged in by it at its start, whose node it joins, and how it stops. RULES.md R7.2. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/supported-node.mjs'

const password = 'canary of the daemon'
let home: string
const running: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'chronicle-daemon-'))
})
afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
})

interface Started {
  readonly port: number
  readonly err: () => string
  stop(): Promise<number | null>
}

const program = (args: readonly string[], secret: string | null, env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const pipe = child.stdio[3]
  if (pipe && 'end' in pipe) pipe.end(secret === null ? '' : `${secret}\n`)
  return { child, exit: once(child, 'exit'), out: () => out, err: () => err }
}

async function command(args: readonly string[], secret: string | null = null): Promise<string> {
  const { exit, out, err } = program(['out/main/cli.js', ...args, '--folder', home, '--json'], secret)
  const [code] = await exit
  if (code !== 0) throw new Error(err())
  return out()
}

async function serve(args: readonly string[], secret: string | null, env = {}): Promise<Started> {
  const { child, exit, err } = program([...args, '--folder', home, '--json'], secret, env)
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await exit
    return child.exitCode
  }
  running.push(stop)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [line] = await Promise.race([once(lines, 'line'), exit.then(() => [''])])
  if (line === '') throw new Error(err())
  return { port: JSON.parse(String(line)).port, err, stop }
}

const metric = async ({ port }: Started, name: string): Promise<string | undefined> => {
  const body = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return body.split('\n').find((line) => line.startsWith(`${name} `))
}

describe('chronicle serve', () => {
  beforeEach(async () => {
    await command(['profile', 'create', 'Ines', '--password-fd', '3'], password)
  })

  it('logs somebody in by a password from a file descriptor, and says it to nobody', async () => {
    const daemon = await serve(['out/main/cli.js', 'serve', '--profile', 'Ines', '--password-fd', '3'], password)
    expect(await metric(daemon, 'chronicle_logged_in')).toBe('chronicle_logged_in 1')
    expect(await (await fetch(`http://127.0.0.1:${daemon.port}/healthz`)).text()).toBe('ok\n')
    expect(await daemon.stop()).toBe(0)
    expect(daemon.err()).toContain('Ines is logged in.')
    expect(daemon.err()).not.toContain(password)
  })

  it('logs the only person in by a file that the environment names, and R7.2 a second one joins the first', async () => {
    const file = path.join(home, 'password')
    await writeFile(file, `${password}\n`, { mode: 0o600 })
    const env = { CHRONICLE_PASSWORD_FILE: file }
    const first = await serve(['out/main/headless.js'], null, env)
    const second = await serve(['out/main/headless.js'], null, env)
    expect(await metric(second, 'chronicle_logged_in')).toBe('chronicle_logged_in 1')
    expect(second.port).not.toBe(first.port)
    expect(await first.stop()).toBe(0)
    // Its node is gone; what remains says so and goes on.
    await expect.poll(() => metric(second, 'chronicle_logged_in')).toBe('chronicle_logged_in 0')
    expect(await second.stop()).toBe(0)
  })

  it('does not start with a wrong password, or one that is nowhere', async () => {
    const wrong = serve(['out/main/headless.js', '--profile', 'Ines', '--password-fd', '3'], 'guess')
    await expect(wrong).rejects.toThrow(/password/i)
    const nowhere = serve(['out/main/headless.js', '--profile', 'Ines'], null)
    await expect(nowhere).rejects.toThrow(/--password-fd or --password-file/)
  })
})
