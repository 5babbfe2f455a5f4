/**
 * A large export through the built command line, as a person brings it in: a whole node, logged in, in a process of its
 * own. Its memory is read from outside: the proportional share (PSS), since what libraries share is nobody's alone; where
 * no such figure is to be had, all of it.
 * CHRONICLE_EXPORT_MB says how large (32; `npm run verify` takes 1024).
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeLargeExport } from '../support/discord-export.ts'

const cli = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url))
const loopDelay = new URL('./support/loop-delay.mjs', import.meta.url).href
const megabytes = Number(process.env.CHRONICLE_EXPORT_MB ?? '32')
/** MB */
const MOST = 400
/** ms between two looks at the memory */
const EVERY = 200
/** ms; at a tenth of the usual pace */
const timeout = 120_000 + megabytes * 3000

let root: string
let home: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'chronicle-large-'))
  home = join(root, 'home')
  writeFileSync(join(root, 'password'), 'a lamp in the dark\n')
})
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }))

const options = () => ['--json', '--folder', home, '--password-file', join(root, 'password')]
const answer = (...args: string[]) =>
  JSON.parse(execFileSync(process.execPath, [cli, ...args, ...options()], { encoding: 'utf8' }))

/** MB; 0 when the process has ended. */
function memoryOf(pid: number | undefined): number {
  try {
    if (process.platform !== 'linux')
      return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1000
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1000
  } catch {
    return 0
  }
}

async function bringIn(file: string, communityId: string) {
  const delayFile = join(root, 'delay.json')
  const args = ['--import', loopDelay, cli, 'import', 'discord', file, '--community', communityId, ...options()]
  const env = { ...process.env, LOOP_DELAY_FILE: delayFile }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const seen: number[] = []
  const watch = setInterval(() => seen.push(memoryOf(child.pid)), EVERY)
  const began = performance.now()
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  clearInterval(watch)
  const seconds = (performance.now() - began) / 1000
  return { code, seconds, seen, report: JSON.parse(stdout), delay: JSON.parse(readFileSync(delayFile, 'utf8')) }
}

function messagesStored(): unknown {
  const [profile = ''] = readdirSync(join(home, 'profiles'))
  const db = new Database(join(home, 'profiles', profile, 'chronicle.sqlite'), { readonly: true })
  try {
    return db.prepare('SELECT count(*) FROM messages').pluck().get()
  } finally {
    db.close()
  }
}

describe(`an export of ${megabytes} MB`, () => {
  it(`comes in whole, with under ${MOST} MB of memory`, { timeout }, async () => {
    const file = join(root, 'general.json')
    const count = await writeLargeExport(file, megabytes * 1e6)
    answer('profile', 'create', 'Owner')
    const { id } = answer('community', 'create', 'Lighthouse', '--no-archives')
    const { code, seconds, seen, report, delay } = await bringIn(file, id)
    const peak = Math.max(...seen)
    console.log(
      `${megabytes} MB, ${count} messages in ${seconds.toFixed(1)} s; at most ${Math.round(peak)} MB of memory; ` +
        `main thread late by ${delay.p99.toFixed(1)} ms (p99), ${delay.longest.toFixed(1)} ms at most`,
    )
    expect(code).toBe(0)
    expect(report.import).toMatchObject({ state: 'done', messages: count, added: count, known: 0, leftOut: [] })
    expect(messagesStored()).toBe(count)
    // It was really looked at, while it worked.
    expect(peak).toBeGreaterThan(100)
    expect(peak).toBeLessThan(MOST)
  })
})
