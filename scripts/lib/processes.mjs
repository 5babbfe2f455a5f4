/** Running other programs: as a step of ours, or in our place. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from './supported-node.mjs'

/** A failure that has already been explained: shown without a stack. */
export class Stop extends Error {
  expected = true
}

/** The JavaScript file behind a command of a package in node_modules. */
export function commandOf(packageName, command = packageName) {
  const manifest = join(root, 'node_modules', packageName, 'package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command])
}

/**
 * Runs a JavaScript file under this Node and waits for it.
 * @param {{ env?: Record<string, string>, quiet?: boolean }} [options] quiet: its stdout goes to our stderr.
 * @returns {Promise<number>} the exit code; 128 + the signal's number if it died of one.
 */
export function runNode(file, args = [], options = {}) {
  return run(process.execPath, [file, ...args], options)
}

export function run(executable, args, { env = {}, quiet = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit'],
    })
    // The child decides when to end. Ctrl-C reaches it by itself; a kill of this process alone must be passed on.
    const forward = (signal) => child.kill(signal)
    const wait = () => {}
    process.on('SIGINT', wait).on('SIGTERM', forward).on('SIGHUP', forward)
    const settle = () => process.off('SIGINT', wait).off('SIGTERM', forward).off('SIGHUP', forward)
    child.on('error', (error) => {
      settle()
      reject(error)
    })
    child.on('exit', (code, signal) => {
      settle()
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Like runNode, and a failure stops the script. */
export async function mustRunNode(what, file, args = [], options = {}) {
  const code = await runNode(file, args, options)
  if (code !== 0) throw new Stop(`${what} failed (exit ${code})`)
}

/** Becomes another program: same process where the system can, so that signals and exit codes are its own. */
export async function become(executable, args) {
  if (process.execve && process.platform !== 'win32') process.execve(executable, [executable, ...args], process.env)
  process.exit(await run(executable, args, { cwd: process.cwd() }))
}
