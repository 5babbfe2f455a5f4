/**
 * A start of the built program with a long history on disk, and what it costs to be left alone afterwards. The headless
 * server: from the start of its process, with somebody who is logged in at once, until a browser that is open already shows
 * their first message. The desktop, through the stand-in: until one's profile can be chosen, and from the password until the first
 * message. Idle is what the node's process and the page's take of a processor while nobody does anything.
 * CHRONICLE_BENCH_MESSAGES takes another length of history; then nothing is written to docs/performance.md.
 *
 *     CHRONICLE_IDLE_SECONDS   how long is waited, default 60
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/supported-node.mjs'
import { launchBrowser, launchDesktop } from '../e2e/surfaces.ts'
import { type Figure, figure, holds, median, writeReport } from './support/figures.ts'
import { longHistory, password } from './support/long-history.ts'

const FULL = 1_000_000
const MESSAGES = Number(process.env.CHRONICLE_BENCH_MESSAGES ?? FULL)
const seconds = Number(process.env.CHRONICLE_IDLE_SECONDS ?? 60)
const rounds = 5
/** s; what a start leaves to be done is over by then. */
const rest = 15
const corpora = ['../shared/corpus/community-log.ndjson.gz', 'resources/sample/community.ndjson']
const meaning = `
- A profile with ${MESSAGES.toLocaleString('en')} messages on disk, its owner's archiving off, no network but this machine. Everything runs from
  the build, in a browser without a graphics processor.
- **The server**: from the start of its process until a browser shows the first message; the password is in a file.
- **The desktop**, in the stand-in for Electron: from the start of the program, Chromium's included, until one's
  profile can be chosen, and from Enter after the password until the first message is there.
- **Idle**: a channel is open; processor time of one processor, of all threads, nothing being asked.
- **The load** is what the machine did in the minute before, in processors, this test included.
`

let folder: string
let passwordFile: string
let browser: Browser
const figures: Figure[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-start-'))
  passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  const paths = corpora.map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)))
  const history = await longHistory(home(), paths.find(existsSync) ?? '', MESSAGES)
  await history.close()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  if (figures.length === 4 && MESSAGES === FULL) writeReport('A start, and after it', figures, meaning)
})

const home = () => join(folder, 'home')
const load = () => `load ${loadavg()[0]?.toFixed(1)}`

function show(name: string, values: readonly number[], limit: number, sides: string): void {
  const one = figure(
    { name, limit: { atMost: limit }, sides },
    values,
    values.map(() => 1),
  )
  figures.push(one)
  console.log(`${name}: ${values.map((value) => value.toFixed(3)).join(' ')}; ${sides}`)
  expect.soft(holds(one), `${name}: ${one.ratio.toFixed(2)}`).toBe(true)
}

interface Started {
  readonly page: Page
  /** s, from the start of the process. */
  readonly link: number
  readonly message: number
  /** s of processor time until then, all threads. */
  readonly spent: number
  readonly pid: number
  stop(): Promise<void>
}

async function startServer(): Promise<Started> {
  const began = performance.now()
  const since = () => (performance.now() - began) / 1000
  const words = ['--json', '--folder', home(), '--profile', 'Reader', '--password-file', passwordFile]
  const child = spawn(process.execPath, ['out/main/headless.js', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const link = since()
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto((JSON.parse(String(value)) as { url: string }).url)
  await page.getByRole('article').first().waitFor()
  const message = since()
  const pid = child.pid ?? expect.fail()
  const stop = async (): Promise<void> => {
    await context.close()
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  return { page, link, message, spent: spentBy(pid), pid, stop }
}

/** s of processor time of a process. */
function spentBy(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** s of processor time of the pages there are. */
async function spentByPages(): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

describe(`a profile of ${MESSAGES.toLocaleString('en')} messages`, () => {
  it('the server shows the first message < 2 s after its start', async () => {
    const all: Started[] = []
    for (let round = 0; round < rounds; round++) {
      const started = await startServer()
      all.push(started)
      await started.stop()
    }
    const of = (pick: (one: Started) => number) => median(all.map(pick)).toFixed(1)
    const sides = `${of((one) => one.link)} s until its link; ${of((one) => one.spent)} s of processor time; ${load()}`
    show(
      'The server’s start to the first message, s',
      all.map(({ message }) => message),
      2,
      sides,
    )
  })

  it('the desktop shows the first message < 2 s after its start, typing left out', async () => {
    const [fields, logins]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      let began = performance.now()
      const app = await launchDesktop(home())
      const page = await app.firstWindow()
      await page.getByRole('button', { name: 'Reader' }).waitFor()
      fields.push((performance.now() - began) / 1000)
      await page.getByRole('button', { name: 'Reader' }).click()
      await page.getByLabel('Password', { exact: true }).fill(password)
      began = performance.now()
      await page.keyboard.press('Enter')
      await page.getByRole('article').first().waitFor()
      logins.push((performance.now() - began) / 1000)
      await app.close()
    }
    const both = fields.map((field, round) => field + (logins[round] ?? Number.NaN))
    const sides = `${median(fields).toFixed(1)} s until the profiles, ${median(logins).toFixed(1)} s from the password; ${load()}`
    show('The desktop’s start to the first message, s', both, 2, sides)
  })

  it(`left alone for ${seconds} s: < 1 % of a processor`, async () => {
    const { pid, stop } = await startServer()
    await pause(rest * 1000)
    const before = [spentBy(pid), await spentByPages()] as const
    const began = performance.now()
    await pause(seconds * 1000)
    const took = (performance.now() - began) / 1000
    const [node, page] = [spentBy(pid) - before[0], (await spentByPages()) - before[1]]
    const sides = (spent: number) => `${(1000 * spent).toFixed(0)} ms in ${took.toFixed(0)} s; ${load()}`
    show('Idle: the node, % of a processor', [(100 * node) / took], 1, sides(node))
    show('Idle: the page, % of a processor', [(100 * page) / took], 1, sides(page))
    await stop()
  })
})
