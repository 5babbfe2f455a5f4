/** The import rules of .dependency-cruiser.cjs, each broken once in a small house built for the purpose. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'

interface Configuration {
  forbidden: IForbiddenRuleType[]
  options: ICruiseOptions
}
const require = createRequire(import.meta.url)
const configuration: Configuration = require(join(root, '.dependency-cruiser.cjs'))

/** [the rule that must bite, the file that breaks it, what it imports] */
const broken: [rule: string, from: string, imports: string][] = [
  ['shared', 'src/shared/a.ts', 'node:fs'],
  ['wire', 'src/main/wire/a.ts', 'node:fs'],
  ['wire', 'src/main/wire/b.ts', 'src/main/store/index.ts'],
  ['store', 'src/main/store/a.ts', 'node:net'],
  ['store', 'src/main/store/b.ts', 'src/main/wire/index.ts'],
  ['waku', 'src/main/waku/a.ts', 'src/main/store/index.ts'],
  ['distribution', 'src/main/distribution/a.ts', 'src/main/communities/index.ts'],
  ['distribution', 'src/main/distribution/b.ts', 'electron'],
  ['profiles', 'src/main/profiles/a.ts', 'node:http'],
  ['communities', 'src/main/communities/a.ts', 'src/main/http/index.ts'],
  ['messages', 'src/main/messages/a.ts', 'webtorrent'],
  ['archives', 'src/main/archives/a.ts', 'better-sqlite3'],
  ['imports', 'src/main/imports/a.ts', 'src/main/node/index.ts'],
  ['demo', 'src/main/demo/a.ts', 'src/main/http/index.ts'],
  ['workers', 'src/main/workers/a-worker.ts', 'electron'],
  ['node', 'src/main/node/a.ts', 'src/main/shell/index.ts'],
  ['api', 'src/main/api/a.ts', 'src/main/store/index.ts'],
  ['sockets', 'src/main/sockets/a.ts', 'src/main/http/index.ts'],
  ['http', 'src/main/http/a.ts', 'src/main/shell/index.ts'],
  ['shell', 'src/main/shell/a.ts', 'src/main/http/index.ts'],
  ['cli', 'src/main/cli/a.ts', 'src/main/shell/index.ts'],
  ['electron', 'src/main/electron.ts', 'src/main/http/index.ts'],
  ['headless', 'src/main/headless.ts', 'src/main/shell/index.ts'],
  ['preload', 'src/preload/a.ts', 'zod'],
  ['renderer', 'src/renderer/app/a.ts', 'src/main/clock.ts'],
  ['front-doors', 'src/main/messages/b.ts', 'src/main/communities/inside.ts'],
  ['interfaces-only', 'src/main/archives/b.ts', 'src/main/store/index.ts'],
  ['entries-apart', 'src/main/api/b.ts', 'src/main/headless.ts'],
  ['features-apart', 'src/renderer/features/history/a.ts', 'src/renderer/features/search/index.ts'],
  ['components-plain', 'src/renderer/components/a.ts', 'src/renderer/features/search/index.ts'],
  ['no-cycles', 'src/main/store/about.ts', 'src/main/store/round.ts'],
  ['declared', 'src/main/waku/b.ts', 'it-pipe'],
  ['shipped', 'src/main/cli/b.ts', 'vitest'],
  ['cli', 'src/main/cli/b.ts', 'vitest'],
  ['resolvable', 'src/shared/b.ts', './nowhere.ts'],
]

/** What the rules must leave alone: [file, the whole import statement]. */
const allowed: [from: string, statement: string][] = [
  ['src/shared/c.ts', `import { z } from 'zod'`],
  ['src/main/wire/c.ts', `import { createHash } from 'node:crypto'`],
  // A circle is reported once, from its alphabetically first file.
  ['src/main/store/round.ts', `import * as about from './about.ts'\nexport { about }`],
  ['src/main/store/d.ts', `import { engine } from '../distribution/engine.ts'`],
  ['src/main/store/c.ts', `import Database from 'better-sqlite3'`],
  ['src/main/waku/c.ts', `import { createLibp2p } from 'libp2p'`],
  ['src/main/archives/c.ts', `import type { index } from '../store/index.ts'`],
  ['src/main/archives/d.ts', `import { engine } from '../distribution/engine.ts'`],
  ['src/main/archives/e.ts', `import { spawnWorker } from '../workers/spawn.ts'`],
  ['src/main/messages/c.ts', `import { index } from '../communities/index.ts'`],
  ['src/main/workers/b-worker.ts', `import { inside } from '../communities/inside.ts'`],
  ['src/main/shell/c.ts', `import { app } from 'electron'`],
  ['src/main/http/c.ts', `import { WebSocketServer } from 'ws'`],
]

const commonplace = [
  ...['communities', 'store', 'node', 'http', 'shell', 'wire'].map((name) => `src/main/${name}/index.ts`),
  'src/main/communities/inside.ts',
  'src/main/distribution/engine.ts',
  'src/main/workers/spawn.ts',
  'src/main/clock.ts',
  'src/renderer/features/search/index.ts',
]

let house: string
let result: ICruiseResult

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), 'chronicle-rooms-'))
  for (const name of ['package.json', 'tsconfig.base.json']) cpSync(join(root, name), join(house, name))
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'), 'dir')
  for (const path of commonplace) write(path, 'export const index = 1')
  const targets = new Map<string, Set<string>>()
  for (const [, from, imports] of broken) targets.set(from, (targets.get(from) ?? new Set()).add(imports))
  for (const [from, imports] of targets)
    write(
      from,
      [...imports].map((path) => `import * as used from '${specifier(from, path)}'\nexport { used }`).join('\n'),
    )
  for (const [from, statement] of allowed) write(from, statement)
  const { output } = await cruise(['src'], {
    ...configuration.options,
    ruleSet: { forbidden: configuration.forbidden },
    validate: true,
    baseDir: house,
  })
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered in words: ${output}`)
  result = output
})

afterAll(() => rmSync(house, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), `${text}\n`)
}

function specifier(from: string, to: string): string {
  if (!to.startsWith('src/')) return to
  const path = relative(dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

const found = () => result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort()

describe('the import rules', () => {
  it.each(broken)('%s: %s may not import %s', (rule, from) => {
    expect(found()).toContain(`${rule}: ${from}`)
  })

  it.each(allowed)('%s may: %s', (from) => {
    expect(found().filter((line) => line.endsWith(` ${from}`))).toEqual([])
  })

  it('refuse nothing else', () => {
    const named = new Set(broken.map(([rule, from]) => `${rule}: ${from}`))
    expect(found().filter((line) => !named.has(line))).toEqual([])
  })

  it('are each broken once here', () => {
    const rules = configuration.forbidden.map(({ name }) => name)
    expect(rules.filter((name) => !broken.some(([rule]) => rule === name))).toEqual([])
  })
})
