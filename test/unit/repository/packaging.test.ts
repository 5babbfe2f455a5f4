/** build/electron-builder.yml against electron-builder's own schema: a slip in it would only show on a release day. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'

interface Builder {
  validate(configuration: Record<string, unknown>): Promise<void>
  parse(yaml: string): Record<string, unknown>
}

/** The parts of electron-builder that its command line uses; they have no public entry. */
function builder(): Builder {
  const outer = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
  const inner = createRequire(outer.resolve('app-builder-lib'))
  const { validateConfiguration } = outer('app-builder-lib/out/util/config/config')
  const { DebugLogger } = outer('builder-util')
  const { load } = inner('js-yaml')
  return { validate: (configuration) => validateConfiguration(configuration, new DebugLogger(false)), parse: load }
}

describe('the packaging of the desktop app', () => {
  const { validate, parse } = builder()
  const configuration = parse(readFileSync(join(root, 'build/electron-builder.yml'), 'utf8'))

  it('is what electron-builder understands', async () => {
    await expect(validate(configuration)).resolves.toBeUndefined()
  })

  it.each([
    ['a slip in a key', { asarUnpak: ['**/*.node'] }],
    ['a fuse that does not exist', { electronFuses: { runAsNod: false } }],
    ['a switch that is neither on nor off', { npmRebuild: 'maybe' }],
  ])('would be refused with %s', async (_, change) => {
    await expect(validate({ ...configuration, ...change })).rejects.toThrow(/configuration/i)
  })

  it('blows the fuses that would let the program run as something else', () => {
    expect(configuration.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
    })
  })

  it('leaves the Node that npm brought outside, and unpacks native code', () => {
    expect(configuration.files).toContain('!node_modules/node-*-{x64,arm64}/**')
    expect(configuration.asarUnpack).toContain('**/*.node')
    expect(configuration.npmRebuild).toBe(false)
  })
})
