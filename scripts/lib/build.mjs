/**
 * Builds out/ when it is stale, and only then: no script of npm's life cycle runs here (ignore-scripts), so whatever
 * needs the build asks for it. Everything a build prints goes to stderr, because stdout belongs to the command.
 *
 * Stale means: the files that a build reads differ from those of the last one. Their sizes and times are compared
 * first (milliseconds), and their contents only when those differ, so that switching branches to and fro costs nothing.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandOf, mustRunNode } from './processes.mjs'
import { root } from './supported-node.mjs'

/** What a build reads. Generated code is left out: it follows from proto/. */
const sources = ['src', 'proto', 'scripts/proto.mjs', 'electron.vite.config.ts', 'package.json', 'package-lock.json']
const generated = 'src/main/wire/generated'
const outputs = 'out'
const stamps = '.cache/stamps'

/** @param {{ force?: boolean }} [options] @returns whether there was anything to do. */
export async function ensureBuilt({ force = false } = {}) {
  const stamp = new Stamp('build', sources)
  if (!force && stamp.isFresh() && existsSync(join(root, outputs))) return false
  await withLock('build', async () => {
    // Someone else may have built it while we waited.
    if (!force && stamp.isFresh() && existsSync(join(root, outputs))) return
    await ensureProto()
    const started = performance.now()
    // Before the build reads the files: one saved meanwhile must leave the build stale.
    const seen = stamp.look()
    console.error('Building …')
    await build()
    stamp.write(seen)
    console.error(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  })
  return true
}

/** Turns proto/ into src/main/wire/generated/, which the compiler, the linter and the tests read too. */
export async function ensureProto() {
  const { generateProto } = await import('../proto.mjs')
  await generateProto()
}

/** Into a folder of its own, moved into place when complete: a failed build leaves the last good one. */
async function build() {
  const staging = join(root, '.cache', `build-${process.pid}`)
  const old = `${staging}-old`
  try {
    mkdirSync(staging, { recursive: true })
    await mustRunNode('The build', commandOf('electron-vite'), ['build', '--logLevel', 'warn'], {
      env: { CHRONICLE_OUT: staging },
      quiet: true,
    })
    if (existsSync(join(root, outputs))) renameSync(join(root, outputs), old)
    renameSync(staging, join(root, outputs))
  } finally {
    rmSync(staging, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

class Stamp {
  constructor(name, paths) {
    this.path = join(root, stamps, `${name}.json`)
    this.files = paths.flatMap((path) => [...filesBelow(path)]).sort()
  }

  isFresh() {
    let last
    try {
      last = JSON.parse(readFileSync(this.path, 'utf8'))
    } catch {
      return false
    }
    if (last.times === this.times()) return true
    const now = this.look()
    if (last.contents !== now.contents) return false
    this.write(now)
    return true
  }

  look() {
    return { times: this.times(), contents: this.contents() }
  }

  write(seen) {
    mkdirSync(join(root, stamps), { recursive: true })
    writeFileSync(this.path, JSON.stringify(seen))
  }

  times() {
    return this.digest((file) => {
      const { size, mtimeMs } = statSync(join(root, file))
      return `${size} ${mtimeMs}`
    })
  }

  contents() {
    return this.digest((file) => readFileSync(join(root, file)))
  }

  digest(describe) {
    const hash = createHash('sha256')
    for (const file of this.files) hash.update(file).update('\0').update(describe(file)).update('\0')
    return hash.digest('hex')
  }
}

function* filesBelow(path) {
  if (path === generated) return
  const stats = statSync(join(root, path), { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isDirectory()) yield path
  else for (const name of readdirSync(join(root, path))) yield* filesBelow(`${path}/${name}`)
}

/** One at a time across processes: a test run and a demo started together build once. */
async function withLock(name, work) {
  const lock = join(root, '.cache', `${name}.lock`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  while (!tryLock(lock)) await new Promise((resolve) => setTimeout(resolve, 100))
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isAlive(lock)) rmSync(lock, { force: true })
    return false
  }
}

function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // Just created and not yet written.
    if (pid === 0) return true
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
