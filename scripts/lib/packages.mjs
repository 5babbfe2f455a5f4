/** The packages that the program is shipped with, as package-lock.json has them: by it, not by what lies on this disk. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './supported-node.mjs'

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

/** Development packages whose code ends up in the page's bundle, and the runtime itself. Their own packages follow. */
const inThePage = ['@tanstack/react-query', '@tanstack/react-virtual', 'electron', 'lucide-react', 'radix-ui', 'react']
const alsoInThePage = ['cmdk', 'react-dom', 'sonner', 'uplot', 'zustand']
/** Electron's npm package is an installer; none of what it needs for that is shipped. */
const alone = new Set(['electron'])

/** In node_modules when the program runs, by path. */
export function productionPackages() {
  return Object.keys(packages)
    .filter((path) => path.startsWith('node_modules/') && !path.includes('/build/stubs/'))
    .filter((path) => !packages[path].dev && !packages[path].optional && !packages[path].devOptional)
    .map(describe)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export function bundledPackages() {
  const found = new Map()
  const visit = (path) => {
    if (path === null || found.has(path)) return
    found.set(path, describe(path))
    const { dependencies = {} } = packages[path]
    if (!alone.has(found.get(path).name)) for (const name of Object.keys(dependencies)) visit(resolve(path, name))
  }
  for (const name of [...inThePage, ...alsoInThePage]) visit(resolve('', name))
  return [...found.values()].filter(({ name }) => !name.startsWith('@types/'))
}

/** As Node does: beside the one that asks, then further out. */
function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in packages) return path
    if (folder === '') return null
  }
}

/** @returns {{ path: string, name: string, version: string, license: string }} */
function describe(path) {
  const entry = packages[path].link ? packages[packages[path].resolved] : packages[path]
  return {
    path,
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: entry.version ?? '0.0.0',
    license: licenseOf(entry.license ?? manifestOf(path).license ?? manifestOf(path).licenses),
  }
}

/** A word, or as older packages have it: an object, or a list of them. */
function licenseOf(license) {
  const [first] = [license].flat()
  return (typeof first === 'object' && first !== null ? first.type : first) ?? 'unknown'
}

function manifestOf(path) {
  try {
    return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
  } catch {
    return {}
  }
}
