/** The contract as front ends use it: one person, one machine, nothing mocked. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from '../../../src/main/api/index.ts'
import { type Client, createClient } from '../../../src/shared/client.ts'
import type { EventName, EventPayload } from '../../../src/shared/contract.ts'
import type { ChatId, Community, Profile } from '../../../src/shared/domain.ts'

const password = 'correct horse battery'
let folder: string
let api: Api
let client: Client
let profile: Profile
let community: Community
let channel: ChatId

/** The next event of a name, for which `is` holds. */
const next = <K extends EventName>(name: K, is: (payload: EventPayload<K>) => boolean = () => true) =>
  new Promise<EventPayload<K>>((resolve) => {
    const end = client.subscribe(name, (payload) => {
      if (!is(payload)) return
      end()
      resolve(payload)
    })
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-api-'))
  api = await openApi({ folder, mode: 'headless', version: '0.0.0' })
  client = createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => api.subscribe(name as EventName, listener),
  })
})

afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

describe('before anybody is logged in', () => {
  it('says so, and what to do', async () => {
    await expect(client.request('communities.list')).rejects.toMatchObject({
      code: 'not-logged-in',
      action: 'Log in first.',
    })
    expect(await client.request('app.info')).toEqual({ version: '0.0.0', mode: 'headless', profile: null })
  })

  it('refuses what no version of the contract knows, and what does not fit it', async () => {
    expect(await api.handle('profiles.destroy', {})).toMatchObject({ ok: false, error: { code: 'unknown-request' } })
    expect(await api.handle('__proto__', {})).toMatchObject({ ok: false, error: { code: 'unknown-request' } })
    expect(await api.handle('profiles.create', { name: '', password })).toMatchObject({
      ok: false,
      error: { code: 'bad-input', message: expect.stringContaining('name') },
    })
  })

  it('creates a profile, and lets nobody in with another password', async () => {
    const created = await client.request('profiles.create', { name: 'Ada', password })
    profile = created.profile
    expect(created.phrase.split(' ')).toHaveLength(12)
    expect(await client.request('profiles.list')).toEqual([profile])
    await expect(client.request('profiles.login', { id: profile.id, password: 'wrong' })).rejects.toMatchObject({
      code: 'wrong-password',
    })
    await expect(client.request('profiles.login', { id: '../../etc', password })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

describe('a person who is logged in', () => {
  it('creates a community, posts, and reads and finds what was posted', async () => {
    const changed = next('session.changed')
    expect(await client.request('profiles.login', { id: profile.id, password })).toEqual(profile)
    expect(await changed).toEqual({ profile })
    community = await client.request('communities.create', {
      name: 'Lighthouse',
      description: '',
      color: '#0a6470',
      channels: ['general', 'news'],
      historyArchives: true,
    })
    expect(community).toMatchObject({ role: 'owner', state: 'joined', members: 1 })
    channel = community.channels[0]?.chatId as ChatId
    const heard = next('messages.changed', ({ chatIds }) => chatIds.includes(channel))
    const sent = next('network.changed', ({ outbox }) => outbox === 0)
    const id = await client.request('messages.post', { chatId: channel, text: 'the lamp is lit' })
    await heard
    await sent
    expect(await client.request('communities.members', { id: community.id, limit: 5 })).toMatchObject({
      members: [{ name: 'Ada', role: 'owner' }],
    })
    const page = await client.request('messages.page', { chatId: channel, limit: 50 })
    expect(page).toMatchObject({
      total: 1,
      messages: [{ id, text: 'the lamp is lit', author: profile.contactId, authorName: 'Ada' }],
    })
    expect(await client.request('messages.get', { chatId: channel, id })).toMatchObject({ id })
    expect(
      await client.request('messages.search', { communityId: community.id, text: 'lamp', limit: 10 }),
    ).toMatchObject({ hits: [{ message: { id }, marks: [{ from: 4, to: 8 }] }], next: null, unsearched: 0 })
  })

  it('reads what is there while the network and the engines still come up', async () => {
    await client.request('profiles.logout')
    const order: string[] = []
    const read = next('session.changed', ({ profile: who }) => who !== null)
      .then(() => client.request('messages.page', { chatId: channel, limit: 5 }))
      .then(({ total }) => order.push(`read ${total}`))
    await client.request('profiles.login', { id: profile.id, password }).then(() => order.push('all is up'))
    await read
    expect(order).toEqual(['read 1', 'all is up'])
  })

  it('closes the running week by hand, and sees the archive, its link and the signals', async () => {
    const signal = next('history.signal', ({ name }) => name === 'historyArchivesCreated')
    await expect
      .poll(() => client.request('history.archiveNow', { communityId: community.id }), { timeout: 30_000 })
      .toEqual({ archives: 1 })
    expect(await signal).toMatchObject({ communityId: community.id })
    const history = await client.request('history.show', { communityId: community.id })
    const { archives } = history
    expect(new Set(archives.map(({ engine }) => engine))).toEqual(new Set(['torrent', 'codex']))
    for (const archive of archives) expect(archive).toMatchObject({ state: 'published', messages: 1 })
    const torrent = history.links.find(({ engine }) => engine === 'torrent')
    expect(torrent?.link).toMatch(/^magnet:\?xt=urn:btih:[0-9a-f]{40}&dn=0x/)
    expect(history.unarchived).toBe(0)
    expect(await client.request('transfers.list')).toMatchObject([
      { communityId: community.id, seeding: true },
      { communityId: community.id, seeding: true },
    ])
  })

  it('changes settings, and keeps them through a logout', async () => {
    const set = await client.request('settings.set', { distribution: 'torrent' })
    expect(set).toMatchObject({ distribution: 'torrent', archiveInterval: 604_800_000 })
    await expect(client.request('settings.set', { archiveInterval: 1 as never })).rejects.toMatchObject({
      code: 'bad-input',
    })
  })

  it('uses other service nodes at once, and goes on with its own', async () => {
    const nodes = ['/ip4/127.0.0.1/tcp/9/p2p/16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ']
    await client.request('settings.set', { nodes })
    const status = await client.request('network.status')
    expect(status.nodes.map(({ address }) => address)).toEqual(nodes)
    expect((await client.request('messages.page', { chatId: channel, limit: 1 })).total).toBe(1)
    await expect(client.request('settings.set', { nodes: ['example.org'] })).rejects.toMatchObject({ code: 'invalid' })
    expect((await client.request('settings.get')).nodes).toEqual(nodes)
    await client.request('settings.set', { nodes: [] })
  })

  it('says where others reach it, on this machine only until the person opens it', async () => {
    const inside = await client.request('network.addresses')
    expect(inside.length).toBeGreaterThan(0)
    expect(inside.filter((address) => !address.startsWith('/ip4/127.0.0.1/'))).toEqual([])
    await expect(client.request('settings.set', { publicAddress: 'example.org' })).rejects.toMatchObject({
      code: 'bad-input',
    })
    expect((await client.request('settings.get')).reach).toBe('machine')
  })

  it('logs out and in without a new process, and everything is still there and served', async () => {
    await client.request('profiles.logout')
    await expect(client.request('messages.page', { chatId: channel, limit: 1 })).rejects.toMatchObject({
      code: 'not-logged-in',
    })
    await client.request('profiles.login', { id: profile.id, password })
    expect(await client.request('communities.list')).toEqual([community])
    expect((await client.request('settings.get')).distribution).toBe('torrent')
    expect((await client.request('messages.page', { chatId: channel, limit: 1 })).total).toBe(1)
    await expect
      .poll(async () => (await client.request('transfers.list')).map(({ seeding }) => seeding), { timeout: 20_000 })
      .toEqual([true, true])
  })

  it('cannot read, or be made to read, a channel of a community that is not theirs', async () => {
    const foreign = `0x02${'ab'.repeat(32)}${channel.slice(68)}` as ChatId
    await expect(client.request('messages.page', { chatId: foreign, limit: 1 })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})
