/**
 * npm run package -- --headless: the daemon and the commands as dist/chronicle-headless-VERSION-SYSTEM.tar.gz, for
 * machines that have Node. It brings native code of one kind of system. The same sources give the same bytes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionPackages } from './packages.mjs'
import { Stop } from './processes.mjs'
import { root } from './supported-node.mjs'

/** What is ours. The desktop's own entrance is of no use without Electron. */
const parts = ['out', 'resources', 'LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT', 'build/chronicle.service']
const desktop = /^out\/(preload\/|main\/(electron\.js$|shell\/))/

/** Of a package: what only whoever builds it needs. */
const unused = /\.(map|md|markdown|c|cc|cpp|h|hpp|gyp|ts|mts|cts)$|(^|\/)(deps|test|tests|\.github)(\/|$)/
/** Licences stay with what they are for. */
const kept = /licen[cs]e|notice|copying/i

/** @param {{ system?: string, into?: string }} options system: as `linux-arm64`. @returns {string} the file */
export function packHeadless({ system = `${process.platform}-${process.arch}`, into = join(root, 'dist') } = {}) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const name = `chronicle-headless-${manifest.version}-${system}`
  const staging = mkdtempSync(join(tmpdir(), 'chronicle-tarball-'))
  try {
    const { version, description, license, type, engines } = manifest
    writeFileSync(
      join(staging, 'package.json'),
      `${JSON.stringify({ name: 'chronicle-headless', version, description, private: true, license, type, engines, bin: { chronicle: './chronicle.mjs' } }, null, 2)}\n`,
    )
    writeFileSync(join(staging, 'chronicle.mjs'), "#!/usr/bin/env node\nimport './out/main/cli.js'\n", { mode: 0o755 })
    const list = join(staging, 'files')
    writeFileSync(list, filesFor(system).join('\0'))
    mkdirSync(into, { recursive: true })
    const file = join(into, `${name}.tar.gz`)
    // The files are packed from where they lie; whose they are, since when, and how they are linked is left out.
    const same = [
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mtime=@0',
      '--mode=a+rX,u+w,go-w',
      '--hard-dereference',
    ]
    const named = ['--no-recursion', `--transform=s,^,${name}/,S`]
    const args = [...same, ...named, '-czf', file, '-C', staging, 'package.json', 'chronicle.mjs']
    const { status, stderr } = spawnSync('tar', [...args, '-C', root, '--null', '-T', list], {
      env: { ...process.env, GZIP: '-n' },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Stop(`tar failed: ${stderr}`)
    return file
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Every file that goes in, from the project's folder, in one order everywhere. */
function filesFor(system) {
  const own = parts.flatMap((part) => filesBelow(part)).filter((file) => !file.endsWith('.map') && !desktop.test(file))
  const packages = productionPackages()
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('node_modules/electron-updater') && existsSync(join(root, path)))
  return [...own, ...packages.flatMap((path) => packageFiles(path, system))].sort()
}

/** Ours are `prebuilds/SYSTEM/…` and `prebuilds/SYSTEM.node`, but those neither for musl, which has a Node of its own, nor for Bare. */
const isForeign = (file, system) =>
  /(^|\/)prebuilds\//.test(file) &&
  (!new RegExp(`(^|/)prebuilds/${system}[./]`).test(file) || /musl|\.bare$/.test(file))

/** Its own files; what lies in its node_modules is a package of its own. */
function packageFiles(path, system) {
  const inner = (file) => file.slice(path.length + 1)
  return filesBelow(path, (folder) => !/(^|\/)node_modules$/.test(folder) && !unused.test(inner(folder))).filter(
    (file) =>
      (!unused.test(inner(file)) || kept.test(file.slice(file.lastIndexOf('/')))) && !isForeign(inner(file), system),
  )
}

/** @returns {string[]} from the project's folder; folders that `enter` refuses are left out. */
function filesBelow(part, enter = (_folder) => true) {
  if (!statSync(join(root, part)).isDirectory()) return [part]
  return readdirSync(join(root, part)).flatMap((entry) => {
    const file = `${part}/${entry}`
    return !statSync(join(root, file)).isDirectory() || enter(file) ? filesBelow(file, enter) : []
  })
}
