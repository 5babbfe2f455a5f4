import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { isSupported, refusal, root } from '../../../scripts/lib/supported-node.mjs'

const printed = (source: string, target: ts.ScriptTarget) =>
  ts.transpileModule(source, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText

describe('the guard of every script', () => {
  it.each([
    ['14.21.3', false],
    ['20.20.2', false],
    ['22.11.9', false],
    ['22.12.0', true],
    ['23.0.0', true],
    ['24.21.0', true],
    ['100.0.0', true],
  ])('Node %s: supported %s', (version, supported) => {
    expect(isSupported(version, [22, 12])).toBe(supported)
  })

  it('reads the lowest version from package.json, and says it in one line', () => {
    expect(refusal('20.20.2')).toContain('needs Node 22.12 or newer')
    expect(refusal('20.20.2')).not.toContain('\n')
  })

  const scripts = readdirSync(join(root, 'scripts')).filter((name) => name.endsWith('.mjs') && name !== 'proto.mjs')

  it.each(['lib/supported-node.mjs', ...scripts])('an old Node can read scripts/%s', (name) => {
    const source = readFileSync(join(root, 'scripts', name), 'utf8')
    expect(printed(source, ts.ScriptTarget.ES2020)).toBe(printed(source, ts.ScriptTarget.ESNext))
  })

  it.each(scripts)('scripts/%s imports nothing before the guard has spoken', (name) => {
    const source = readFileSync(join(root, 'scripts', name), 'utf8')
    const imported = [...source.matchAll(/^(?:import|export) .*from '(.*)'/gm)].map(([, from]) => from)
    expect(imported).toEqual(['./lib/supported-node.mjs'])
  })
})
