/** A damaged database as the person in front of it meets it: through the contract, with real files. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from '../../../src/main/api/index.ts'
import { activitySentence } from '../../../src/shared/activity.ts'
import { type Client, createClient } from '../../../src/shared/client.ts'
import type { EventName } from '../../../src/shared/contract.ts'

const password = 'correct horse battery'
let folder: string
let api: Api
let client: Client
let id: string
const logged: string[] = []
const inProfile = (...names: string[]) => join(folder, 'profiles', id, ...names)
const cutDatabase = () => {
  const file = inProfile('chronicle.sqlite')
  truncateSync(file, Math.floor(statSync(file).size / 2))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-damaged-'))
  const node = { service: false, engines: [], backupEvery: null }
  api = await openApi({ folder, mode: 'headless', version: '0', node, log: (line) => logged.push(line) })
  client = createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => api.subscribe(name as EventName, listener),
  })
  id = (await client.request('profiles.create', { name: 'Ada', password })).profile.id
  await client.request('profiles.login', { id, password })
  await client.request('settings.set', { distribution: 'codex' })
  await client.request('profiles.logout')
})
afterAll(async () => {
  await api?.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

describe('a damaged database', () => {
  it('R1.6 is replaced by the last backup at login, and it is said: on screen, in the activity log and in the log', async () => {
    copyFileSync(inProfile('chronicle.sqlite'), inProfile('backups', 'chronicle.sqlite.1700000000000.backup'))
    cutDatabase()
    await client.request('profiles.login', { id, password })
    expect((await client.request('settings.get')).distribution).toBe('codex')
    const [notice, ...more] = await client.request('notices.list')
    expect(more).toEqual([])
    expect(notice?.kind).toBe('databaseRestored')
    const sentence = notice ? activitySentence(notice.kind, notice) : ''
    expect(sentence).toMatch(/^The database is damaged.*The backup of 2023-11-14 22:13 UTC is used instead/)
    const damaged = readdirSync(inProfile()).filter((name) => name.endsWith('.damaged'))
    expect(sentence).toContain(`kept as ${damaged[0]}.`)
    expect((await client.request('activity.page', { limit: 10 })).lines).toEqual([notice])
    expect(logged).toContain(sentence)
    await client.request('notices.dismiss', { seq: notice?.seq ?? 0 })
    await client.request('profiles.logout')
    await client.request('profiles.login', { id, password })
    expect(await client.request('notices.list')).toEqual([])
    await client.request('profiles.logout')
  })

  it('without a backup keeps the person out with a sentence, and is begun anew only when they say so', async () => {
    for (const name of readdirSync(inProfile('backups'))) rmSync(inProfile('backups', name))
    cutDatabase()
    await expect(client.request('profiles.login', { id, password })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('no backup'),
      action: expect.stringContaining('Begin with an empty database'),
    })
    await expect(client.request('profiles.beginAnew', { id, password: 'wrong' })).rejects.toMatchObject({
      code: 'wrong-password',
    })
    expect(await client.request('app.info')).toMatchObject({ profile: null })
    await client.request('profiles.beginAnew', { id, password })
    expect((await client.request('settings.get')).distribution).toBe('both')
    expect(await client.request('notices.list')).toMatchObject([{ kind: 'databaseStartedAnew' }])
    expect(readdirSync(inProfile()).filter((name) => name.endsWith('.damaged'))).toHaveLength(2)
  })
})
