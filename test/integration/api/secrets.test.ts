/**
 * Canaries: a password, a recovery phrase, private keys. They are put into every request that there is, sensible or not,
 * and everything that comes out is kept: answers, refusals, events, the log, the console. None of them may be in it,
 * but where a person asked for it (RULES.md R7.1).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Api, openApi } from '../../../src/main/api/index.ts'
import { entropyOf, keysFromEntropy } from '../../../src/main/profiles/index.ts'
import { encode } from '../../../src/shared/codec.ts'
import { type EventName, events, type RequestName, requests } from '../../../src/shared/contract.ts'
import type { Community, Profile } from '../../../src/shared/domain.ts'

const password = 'canary-password-4417'
const wrong = 'canary-guess-9023'
const foreignKey = `0x${'c0ffee'.repeat(10)}d00d`

let folder: string
let api: Api
let profile: Profile
let community: Community
/** What came out, by where. */
const out: { readonly from: string; readonly text: string }[] = []
const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
  vi.spyOn(console, name).mockImplementation((...words) => {
    out.push({ from: `console.${name}`, text: words.map(String).join(' ') })
  }),
)

const text = (value: unknown): string => {
  const bytes = (_: string, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString('hex') : inner
  return `${JSON.stringify(value, bytes) ?? ''} ${encode(value)}`
}

async function ask(name: RequestName, input: unknown): Promise<unknown> {
  const reply = await api.handle(name, input)
  out.push({ from: name, text: text(reply) })
  return reply.ok ? reply.value : null
}

/** Where any of the forms of a secret came out. */
function leaks(...forms: readonly string[]): string[] {
  const places = out.filter((one) => forms.some((form) => one.text.toLowerCase().includes(form.toLowerCase())))
  return [...new Set(places.map(({ from }) => from))]
}

const formsOf = (key: Uint8Array): string[] => {
  const bytes = Buffer.from(key)
  return [bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.join(',')]
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-secrets-'))
  api = await openApi({
    folder,
    mode: 'headless',
    version: '0.0.0',
    log: (line) => out.push({ from: 'log', text: line }),
  })
  for (const name of Object.keys(events) as EventName[])
    api.subscribe(name, (payload) => out.push({ from: name, text: text(payload) }))
})
afterAll(async () => {
  await api.close()
  for (const spy of consoles) spy.mockRestore()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

describe('R7.1 secrets', () => {
  it('stay inside while a person uses everything that there is', async () => {
    const made = (await ask('profiles.create', { name: 'Ines', password })) as { profile: Profile; phrase: string }
    profile = made.profile
    await ask('profiles.login', { id: profile.id, password: wrong })
    expect(await ask('profiles.login', { id: profile.id, password })).toEqual(profile)
    community = (await ask('communities.create', {
      name: 'Logbook',
      description: '',
      color: '#0a6470',
      channels: ['general'],
      historyArchives: true,
      encrypted: true,
    })) as Community
    const { key } = (await ask('communities.exportKey', { id: community.id, password })) as { key: string }

    // Every request with what it might be given by mistake or in bad faith: secrets in every field that it could read.
    const asked: RequestName[] = []
    const canary = { id: profile.id, communityId: community.id, name: 'Ines', password: wrong, next: wrong }
    const more = { text: wrong, link: password, phrase: wrong, key: foreignKey, nodes: [password], codexNode: wrong }
    // Those that were asked above, and would end the session or stretch one more password for seconds.
    const asSaid = new Set<RequestName>([
      'profiles.create',
      'profiles.login',
      'profiles.logout',
      'profiles.beginAnew',
      'profiles.changePassword',
      'profiles.phrase',
      'communities.exportKey',
    ])
    for (const name of Object.keys(requests) as RequestName[]) {
      asked.push(name)
      if (!asSaid.has(name)) await ask(name, { ...canary, ...more })
      await ask(name, `${password} ${foreignKey}`)
    }
    expect(asked.length).toBeGreaterThan(60)
    await ask('profiles.logout', undefined)

    const { wallet, chat } = await secretKeys(made.phrase)
    expect(leaks(password)).toEqual([])
    expect(leaks(wrong)).toEqual([])
    expect(leaks(foreignKey.slice(2))).toEqual([])
    expect(leaks(made.phrase)).toEqual(['profiles.create'])
    expect(leaks(key.slice(2))).toEqual(['communities.exportKey'])
    expect(leaks(...formsOf(wallet), ...formsOf(chat))).toEqual([])
    expect(leaks(Buffer.from(entropyOf(made.phrase)).toString('hex'))).toEqual([])
  })

  it('would be found in whatever came out', async () => {
    expect(leaks(profile.contactId)).toContain('session.changed')
    expect(leaks(community.id.slice(2))).toContain('communities.changed')
  })
})

async function secretKeys(phrase: string): Promise<{ wallet: Uint8Array; chat: Uint8Array }> {
  const keys = await keysFromEntropy(entropyOf(phrase))
  return { wallet: keys.walletKey, chat: keys.chatKey }
}
