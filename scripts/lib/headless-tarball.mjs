/**
 * npm run package -- --headless: the daemon and the commands as dist/chronicle-headless-VERSION-SYSTEM.tar.gz, for
 * machines that have Node. It brings native code of one kind of system. The same sources give the same bytes.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { productionPackages } from './packages.mjs'
import { Stop } from './processes.mjs'
import { root } from './supported-node.mjs'

/** Of a package: what only whoever builds it needs. */
const unused = /\.(map|md|markdown|c|cc|cpp|h|hpp|gyp|ts|mts|cts)$|(^|\/)(deps|test|tests|\.github)(\/|$)/
/** Licences stay with what they are for. */
const kept = /licen[cs]e|notice|copying/i

/** @param {{ system?: string, into?: string }} options system: as `linux-arm64`. @returns {string} the file */
export function packHeadless({ system = `${process.platform}-${process.arch}`, into = join(root, 'dist') } = {}) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const name = `chronicle-headless-${manifest.version}-${system}`
  const staging = mkdtempSync(join(tmpdir(), 'chronicle-tarball-'))
  const target = join(staging, name)
  try {
    mkdirSync(target)
    for (const part of ['out', 'resources', 'LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT', 'build/chronicle.service'])
      cpSync(join(root, part), join(target, part), { recursive: true, filter: (file) => !/\.map$/.test(file) })
    // The desktop's own entrance is of no use without Electron.
    for (const part of ['out/preload', 'out/main/electron.js', 'out/main/shell'])
      rmSync(join(target, part), { recursive: true, force: true })
    const { version, description, license, type, engines } = manifest
    writeFileSync(
      join(target, 'package.json'),
      `${JSON.stringify({ name: 'chronicle-headless', version, description, private: true, license, type, engines, bin: { chronicle: './chronicle.mjs' } }, null, 2)}\n`,
    )
    writeFileSync(join(target, 'chronicle.mjs'), "#!/usr/bin/env node\nimport './out/main/cli.js'\n", { mode: 0o755 })
    for (const folder of productionPackages().filter(({ path }) => !path.startsWith('node_modules/electron-updater')))
      copyPackage(folder.path, target, system)
    mkdirSync(into, { recursive: true })
    const file = join(into, `${name}.tar.gz`)
    const args = [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mtime=@0',
      '-czf',
      file,
      '-C',
      staging,
      name,
    ]
    const { status, stderr } = spawnSync('tar', args, { env: { ...process.env, GZIP: '-n' }, encoding: 'utf8' })
    if (status !== 0) throw new Stop(`tar failed: ${stderr}`)
    return file
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** `prebuilds/SYSTEM/…` or `prebuilds/SYSTEM.node`, and of those not the ones for musl, which has a Node of its own. */
const isForeign = (file, system) =>
  /(^|\/)prebuilds\//.test(file) && (!new RegExp(`(^|/)prebuilds/${system}[./]`).test(file) || file.includes('musl'))

/** Its own files; what lies in its node_modules is a package of its own. */
function copyPackage(path, target, system) {
  const from = join(root, path)
  if (!existsSync(from)) return
  const visit = (inner) => {
    for (const entry of readdirSync(join(from, inner))) {
      const relative = inner === '' ? entry : `${inner}/${entry}`
      if (entry === 'node_modules') continue
      const file = join(from, relative)
      if (statSync(file).isDirectory()) {
        if (!unused.test(relative)) visit(relative)
      } else if ((!unused.test(relative) || kept.test(entry)) && !isForeign(relative, system)) {
        mkdirSync(dirname(join(target, path, relative)), { recursive: true })
        cpSync(file, join(target, path, relative))
      }
    }
  }
  visit('')
}
