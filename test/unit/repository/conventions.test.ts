/** Agreements of CONTRIBUTING.md that no linter checks. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'

function* codeBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (entry.name !== 'generated') yield* codeBelow(path)
    } else if (/\.(ts|tsx|mjs|js|cjs)$/.test(entry.name)) yield path
  }
}
const files = ['src', 'test', 'scripts'].flatMap((folder) => [...codeBelow(folder)])
const sources = files.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** Put together here, so that this file does not find itself. */
const word = (...parts: string[]) => new RegExp(parts.join(''))

describe('the sources', () => {
  it.each([
    [
      'silence no linter or compiler',
      word('biome', '-ignore|eslint', '-disable|@ts', '-(ignore|nocheck|expect-error)'),
    ],
    ['leave nothing for later', word('\\b(TO', 'DO|FIX', 'ME)\\b')],
    ['skip no test and favour none', word('\\b(it|describe|test)\\.(sk', 'ip|on', 'ly|to', 'do)\\b')],
  ])('%s', (_, pattern) => {
    expect(sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('make no test depend on the machine but where another program takes part, which is told', () => {
    const conditional = word('\\b(it|describe|test)\\.(skip', 'If|run', 'If)\\b')
    const found = sources.filter(({ text }) => conditional.test(text)).map(({ path }) => path)
    expect(found.filter((path) => !/^test\/(interop|e2e)\//.test(path))).toEqual([])
  })

  it('are files that one can read at a sitting: fewer than 400 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path)
    expect(long).toEqual([])
  })

  it('say at the top what they are for', () => {
    const silent = sources
      .filter(({ path }) => path.startsWith('src/') || path.startsWith('scripts/'))
      .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  it('name no path of anybody’s machine', () => {
    const home = word('(^|[\'"`\\s])/(wo', 'rk|ro', 'ot)/[a-z]')
    expect(sources.filter(({ text }) => home.test(text)).map(({ path }) => path)).toEqual([])
  })
})
