/** build/electron-builder.yml against electron-builder's own schema: a slip in it would only show on a release day. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { licenceList } from '../../../scripts/lib/licence-list.mjs'
import { root } from '../../../scripts/lib/supported-node.mjs'
import { linkScheme } from '../../../src/main/shell/links.ts'

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

  it.each([
    ['linux', ['AppImage', 'deb']],
    ['mac', ['dmg', 'zip']],
    ['win', ['nsis']],
  ])('makes for %s what people there expect, for both processors', (platform, targets) => {
    const made = z.object({ target: z.array(z.object({ target: z.string(), arch: z.array(z.string()) })) })
    const { target } = made.parse(configuration[platform])
    expect(target.map((one) => one.target)).toEqual(targets)
    for (const { arch } of target) expect(arch).toEqual(['x64', 'arm64'])
  })

  it('takes links of the program’s own scheme, and asks nobody for updates', () => {
    expect(configuration.protocols).toEqual([{ name: 'Chronicle', schemes: [linkScheme] }])
    expect(configuration.publish).toBeNull()
  })

  it('leaves the Node that npm brought outside, and unpacks native code', () => {
    expect(configuration.files).toContain('!node_modules/node-*-{x64,arm64}/**')
    expect(configuration.asarUnpack).toContain('**/*.node')
    expect(configuration.npmRebuild).toBe(false)
  })
})

describe('the list of licences', () => {
  it('names what is shipped: run "node scripts/licences.mjs" after a change of packages', () => {
    expect(readFileSync(join(root, 'resources/licences.txt'), 'utf8')).toBe(licenceList())
  })

  it('has the page’s packages and the node’s, and none that only building needs', () => {
    const names = licenceList()
      .split('\n')
      .map((line) => line.replace(/ \S+: .*$/, ''))
    for (const name of ['react', 'radix-ui', 'better-sqlite3', 'libp2p', 'electron']) expect(names).toContain(name)
    for (const name of ['vitest', 'electron-builder', 'typescript', 'vite']) expect(names).not.toContain(name)
  })
})
