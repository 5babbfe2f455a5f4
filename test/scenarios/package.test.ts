/**
 * The packages themselves: the desktop's unpacked folder, put together around a stand-in for Electron's runtime, and the
 * headless tarball, unpacked and run. What cannot be built without Electron's files is checked by its configuration
 * (test/unit/repository/packaging.test.ts).
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packHeadless } from '../../scripts/lib/headless-tarball.mjs'
import { commandOf } from '../../scripts/lib/processes.mjs'
import { root } from '../../scripts/lib/supported-node.mjs'

/** What electron-builder brings; it has no entry of its own. */
const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const inner = createRequire(builder.resolve('app-builder-lib'))
const asar: { listPackage(file: string): string[] } = inner('@electron/asar')
const fuses: { getCurrentFuseWire(file: string): Promise<Record<string, number | string>> } = inner('@electron/fuses')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chronicle-package-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const filesBelow = (start: string): string[] =>
  (readdirSync(start, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(start, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))

/** Code for a processor, of whichever system: a Node, a library. */
function isProgram(file: string): boolean {
  const start = Buffer.alloc(4)
  const opened = openSync(file, 'r')
  try {
    readSync(opened, start)
  } finally {
    closeSync(opened)
  }
  return ['7f454c46', 'cffaedfe', 'cafebabe'].includes(start.toString('hex')) || start.toString('latin1', 0, 2) === 'MZ'
}

/** Electron's files, as far as packaging looks into them: a program with fuses, all as they come from the factory. */
function fakeElectron(version: string): string {
  const dist = path.join(folder, 'electron')
  mkdirSync(path.join(dist, 'resources'), { recursive: true })
  mkdirSync(path.join(dist, 'locales'))
  const wire = Buffer.from(
    [1, 9, ...'101100011'].map((value) => (typeof value === 'number' ? value : value.charCodeAt(0))),
  )
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
  writeFileSync(path.join(dist, 'electron'), Buffer.concat([Buffer.from(`not a program ${sentinel}`), wire]))
  chmodSync(path.join(dist, 'electron'), 0o755)
  writeFileSync(path.join(dist, 'version'), version)
  writeFileSync(path.join(dist, 'LICENSE'), 'of Electron')
  return dist
}

describe('the desktop app, unpacked', () => {
  let resources: string
  let inside: string[]
  let outside: string[]
  let program: string

  beforeAll(() => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules/electron/package.json'), 'utf8'))
    const args = ['--config', 'build/electron-builder.yml', '--linux', 'dir', '--x64', '--publish', 'never']
    const output = path.join(folder, 'desktop')
    const given = [
      `-c.electronDist=${fakeElectron(version)}`,
      `-c.electronVersion=${version}`,
      `-c.directories.output=${output}`,
    ]
    const { status, stderr, stdout } = spawnSync(process.execPath, [commandOf('electron-builder'), ...args, ...given], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' },
    })
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`)
    const unpacked = path.join(output, 'linux-unpacked')
    resources = path.join(unpacked, 'resources')
    inside = asar.listPackage(path.join(resources, 'app.asar')).map((file) => file.split(path.sep).join('/'))
    outside = filesBelow(path.join(resources, 'app.asar.unpacked'))
    program = path.join(unpacked, 'chronicle')
  })

  it('holds what runs: main, bridge, page, threads, and the licences', () => {
    for (const file of ['/out/main/electron.js', '/out/preload/index.cjs', '/out/renderer/index.html', '/package.json'])
      expect(inside).toContain(file)
    const threads = readdirSync(path.join(root, 'src/main/workers')).filter((file) => file.endsWith('-worker.ts'))
    expect(threads.length).toBeGreaterThan(3)
    for (const thread of threads) expect(inside).toContain(`/out/main/workers/${thread.replace(/ts$/, 'js')}`)
    expect(inside).toContain('/LICENSE')
    expect(existsSync(path.join(resources, 'resources/licences.txt'))).toBe(true)
  })

  it('holds no source, test, map, Node, nor anything that only building needs', () => {
    const strange = inside.filter((file) =>
      /^\/(src|test|scripts|proto|docs|dist|\.ci)\/|\.map$|^\/node_modules\/(node-(linux|win)-x64|node|electron|electron-builder|vite|typescript|vitest|react)\//.test(
        file,
      ),
    )
    expect(strange).toEqual([])
    const large = outside.filter((file) => statSync(path.join(resources, 'app.asar.unpacked', file)).size > 8_000_000)
    expect(large).toEqual([])
  })

  it('holds native code as real files, and of this system only', () => {
    const natives = outside.filter((file) => file.endsWith('.node'))
    expect(natives).toContain('node_modules/better-sqlite3/prebuilds/linux-x64.node')
    expect(natives.some((file) => file.startsWith('node_modules/secp256k1/prebuilds/linux-x64/'))).toBe(true)
    expect(natives.filter((file) => /musl|darwin|win32|arm|ia32|android|ios/.test(file))).toEqual([])
    expect(
      inside
        .filter((file) => file.endsWith('.node'))
        .map((file) => file.slice(1))
        .sort(),
    ).toEqual(natives.sort())
    // What other runtimes than Node load.
    expect(inside.filter((file) => /\.(bare|so|dll|dylib|exe)$/.test(file))).toEqual([])
  })

  it('has its fuses blown: it can be nothing but itself', async () => {
    const wire = await fuses.getCurrentFuseWire(program)
    const states = Array.from({ length: 6 }, (_, index) => String.fromCharCode(Number(wire[index])))
    // Run as Node, cookie encryption, NODE_OPTIONS, --inspect, integrity of the archive, the archive only.
    expect(states).toEqual(['0', '1', '0', '0', '1', '1'])
    expect(String.fromCharCode(Number(wire[7]))).toBe('0')
  })

  it('asks nobody for updates, since no feed is configured', () => {
    expect(existsSync(path.join(resources, 'app-update.yml'))).toBe(false)
  })
})

describe('the headless tarball', () => {
  let packed: string
  beforeAll(() => {
    packed = packHeadless({ into: folder })
  })
  const listed = (file: string): string[] => {
    const { status, stdout } = spawnSync('tar', ['-tzf', file], { encoding: 'utf8', maxBuffer: 1 << 24 })
    expect(status).toBe(0)
    return stdout.trim().split('\n')
  }

  it('runs where it was unpacked, with nothing else of ours around it', () => {
    expect(spawnSync('tar', ['-xzf', packed, '-C', folder]).status).toBe(0)
    const place = path.join(folder, path.basename(packed, '.tar.gz'))
    const run = (...args: string[]) =>
      spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, CHRONICLE_HOME: path.join(folder, 'home') },
      })
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(run(path.join(place, 'chronicle.mjs'), '--version')).toMatchObject({ status: 0, stdout: `${version}\n` })
    expect(run(path.join(place, 'out/main/headless.js'), '--version')).toMatchObject({ stdout: `${version}\n` })
    expect(run(path.join(place, 'chronicle.mjs'), 'profile', 'list', '--json')).toMatchObject({
      status: 0,
      stdout: '[]\n',
    })
    const files = filesBelow(place)
    for (const file of ['build/chronicle.service', 'LICENSE-MIT', 'resources/licences.txt'])
      expect(files).toContain(file)
    expect(
      files.filter((file) => /\.map$|^node_modules\/(electron|node-(linux|win)-|react|vite)|\.ts$/.test(file)),
    ).toEqual([])
    const system = `${process.platform}-${process.arch}`
    const natives = files.filter((file) => file.endsWith('.node'))
    expect(natives.length).toBeGreaterThan(1)
    expect(natives.filter((file) => !file.includes(system))).toEqual([])
    expect(files.filter((file) => isProgram(path.join(place, file))).sort()).toEqual(natives.sort())
  })

  it('is the same, byte for byte, when it is packed again, whoever packs it and whenever', () => {
    const licence = path.join(root, 'LICENSE')
    const { mode, atime, mtime } = statSync(licence)
    try {
      chmodSync(licence, mode ^ 0o020)
      utimesSync(licence, new Date(0), new Date(0))
      const again = readFileSync(packHeadless({ into: path.join(folder, 'again') }))
      expect(again.equals(readFileSync(packed))).toBe(true)
    } finally {
      chmodSync(licence, mode)
      utimesSync(licence, atime, mtime)
    }
  })

  it('can be packed for another system', () => {
    const files = listed(packHeadless({ system: 'linux-arm64', into: folder }))
    const ending = 'node_modules/better-sqlite3/prebuilds/linux-arm64.node'
    expect(files.some((file) => file.endsWith(ending))).toBe(true)
    expect(files.filter((file) => /x64.*\.node$/.test(file))).toEqual([])
  })
})
