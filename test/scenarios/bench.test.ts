/** The bench with its real people: two nodes and a service node in one program, and the scenario that it runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from '../../src/main/api/index.ts'
import type { Bench, BenchQuestion } from '../../src/shared/contract.ts'
import type { Community } from '../../src/shared/domain.ts'

let folder: string
let api: Api
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chronicle-bench-test-'))
  api = await openApi({ folder, mode: 'headless', version: '0.0.0' })
})
afterAll(async () => {
  await api?.close()
  await rm(folder, { recursive: true, force: true })
})

async function ask<T>(name: string, input?: unknown): Promise<T> {
  const reply = await api.handle(name, input)
  if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`)
  return reply.value as T
}
const askPerson = <T>(id: string, name: BenchQuestion, input?: unknown): Promise<T> =>
  ask('bench.ask', { id, name, input })
const idOf = (bench: Bench, name: string): string => bench.people.find((one) => one.name === name)?.id ?? ''
const until = (look: () => Promise<boolean>) => expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(true)

describe('the bench', () => {
  it('one founds and archives, another joins and has the history; out and in again, all of it is there', async () => {
    const owner = idOf(await ask('bench.add', { name: 'Owner' }), 'Owner')
    const ada = idOf(await ask('bench.add', { name: 'Ada' }), 'Ada')
    const { id, channels } = await askPerson<Community>(owner, 'communities.create', {
      ...{ name: 'Harbour', description: 'x', color: '#0a6470', channels: ['general'], historyArchives: true },
    })
    const chatId = channels[0]?.chatId
    await askPerson(owner, 'messages.post', { chatId, text: 'Good morning' })
    await until(
      async () => (await askPerson<{ unarchived: number }>(owner, 'history.show', { communityId: id })).unarchived > 0,
    )
    await askPerson(owner, 'history.archiveNow', { communityId: id })
    await askPerson(ada, 'communities.join', { id })
    await until(async () => {
      const history = await askPerson<{ archives: readonly { state: string }[] }>(ada, 'history.show', {
        communityId: id,
      })
      return history.archives.some(({ state }) => state === 'imported')
    })
    const signals = await ask<{ lines: readonly { person: string | null; name: string }[] }>('bench.signals', {
      limit: 500,
    })
    expect(signals.lines.some(({ person, name }) => person === ada && name === 'historyArchiveDownloaded')).toBe(true)
    expect((await ask<Bench>('bench.logout', { id: ada })).people[1]?.state).toBe('logged-out')
    expect((await ask<Bench>('bench.login', { id: ada })).people[1]?.state).toBe('logged-in')
    expect(await askPerson<readonly Community[]>(ada, 'communities.list')).toHaveLength(1)
  })

  it('the service node goes off, and comes back under the same address', async () => {
    const { service } = await ask<Bench>('bench.show')
    expect((await ask<Bench>('bench.service', { on: false })).service.state).toBe('off')
    const back = await ask<Bench>('bench.service', { on: true })
    expect(back.service).toEqual(service)
  })

  it('nothing of the bench speaks of a password or a key, and what could carry one cannot be asked', async () => {
    const bench = JSON.stringify(await ask('bench.show'))
    expect(bench).not.toMatch(/password|phrase|key/)
    const id = (await ask<Bench>('bench.show')).people[0]?.id
    for (const name of ['communities.exportKey', 'profiles.phrase', 'profiles.create'])
      expect(await api.handle('bench.ask', { id, name })).toMatchObject({ ok: false, error: { code: 'bad-input' } })
  })

  it('a scenario passes step by step; another is stopped and says so', async () => {
    await ask('bench.run', { engine: 'torrent' })
    expect(await api.handle('bench.run', { engine: 'codex' })).toMatchObject({ ok: false, error: { code: 'busy' } })
    await until(async () => (await ask<Bench>('bench.show')).run?.state !== 'running')
    const { run } = await ask<Bench>('bench.show')
    expect(run?.steps.map(({ state }) => state)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed'])
    expect(run?.state).toBe('passed')
    await ask('bench.run', { engine: 'torrent' })
    expect((await ask<Bench>('bench.stop')).run?.state).toBe('stopped')
  })

  it('is gone when it is cleared', async () => {
    await ask('bench.clear')
    expect(await ask<Bench>('bench.show')).toMatchObject({ people: [], service: { state: 'off', addresses: [] } })
  })
})
