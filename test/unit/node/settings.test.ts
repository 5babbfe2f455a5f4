/** Which settings go together, and what follows from them. */
import { describe, expect, it } from 'vitest'
import { changed, checkSettings, opensAnew, preferenceOf } from '../../../src/main/node/settings.ts'
import { readCodexNode } from '../../../src/shared/codex-node.ts'
import type { Settings } from '../../../src/shared/contract.ts'
import type { Millis } from '../../../src/shared/domain.ts'

const usual: Settings = {
  distribution: 'both',
  distributionFallback: true,
  codexEngine: 'embedded',
  codexNode: 'http://127.0.0.1:8080',
  codexNodeElsewhere: false,
  codexPeers: [],
  codexNearby: false,
  codexBootstrap: [],
  archiveInterval: 604_800_000 as Millis,
  nodes: [],
  reach: 'machine',
  publicAddress: '',
  downloadLimit: null,
  uploadLimit: null,
  diskLimit: null,
  retentionDays: 30,
}

describe('the address of a Codex node', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', true],
    ['http://localhost:1/', 'http://localhost:1', true],
    ['http://[::1]:9000', 'http://[::1]:9000', true],
    ['http://127.9.9.9', 'http://127.9.9.9', true],
    ['https://storage.example.org', 'https://storage.example.org', false],
    ['http://192.168.1.5:8080', 'http://192.168.1.5:8080', false],
    ['http://127.0.0.1.example.org', 'http://127.0.0.1.example.org', false],
    ['http://0.0.0.0:8080', 'http://0.0.0.0:8080', false],
    ['http://[::ffff:10.0.0.1]:1', 'http://[::ffff:10.0.0.1]:1', false],
    ['HTTP://LocalHost:8080', 'http://localhost:8080', true],
    ['http://127.0.0.256', 'http://127.0.0.256', false],
  ])('%s is on this machine or not, whatever form it has', (text, origin, onThisMachine) => {
    expect(readCodexNode(text)).toEqual({ origin, onThisMachine })
  })

  it.each([
    ...['', '127.0.0.1:8080', 'ftp://127.0.0.1', 'file:///etc/passwd', 'http://a@127.0.0.1', 'http://a:b@127.0.0.1'],
    ...[
      'http://127.0.0.1/api',
      'http://127.0.0.1/?x',
      'http://127.0.0.1/#x',
      'http://',
      'http://a:70000',
      'http://a:0',
      `http://${'a'.repeat(600)}`,
    ],
  ])('“%s” is none', (text) => {
    expect(readCodexNode(text)).toBeNull()
  })

  it('on another computer is refused until that is allowed expressly, and then said what it means', () => {
    const far = changed(usual, { codexNode: 'http://10.0.0.1:8080' })
    expect(() => checkSettings(far)).toThrow('lets in everybody')
    checkSettings(changed(far, { codexNodeElsewhere: true }))
    checkSettings(changed(usual, { codexEngine: 'external', nodes: undefined }))
  })
})

describe('a change of settings', () => {
  it('opens the node anew where engines and network are told only once', () => {
    for (const change of [{ codexEngine: 'external' }, { reach: 'lan' }] as const)
      expect(opensAnew(usual, changed(usual, change))).toBe(true)
    const elsewhere = { codexNode: 'http://127.0.0.1:9' }
    expect(opensAnew(usual, changed(usual, elsewhere))).toBe(false)
    const external = changed(usual, { codexEngine: 'external' })
    expect(opensAnew(external, changed(external, elsewhere))).toBe(true)
    expect(opensAnew(usual, changed(usual, { distribution: 'codex', distributionFallback: false }))).toBe(false)
  })

  it('R5.1 a switch forbids the other engine', () => {
    expect(preferenceOf(usual)).toEqual({ first: 'both', fallback: true })
    expect(preferenceOf({ distribution: 'codex', distributionFallback: false })).toEqual({
      first: 'codex',
      fallback: false,
    })
  })
})
