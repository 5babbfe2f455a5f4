/** A control node that is lost, or moves: a person's phrase, the community's key, and whole nodes on this machine. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/main/clock.ts'
import { type ChronicleNode, openNode, openProfiles } from '../../src/main/node/index.ts'
import { startServiceNode } from '../../src/main/waku/index.ts'
import type { CommunityId } from '../../src/shared/domain.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const password = 'a password'
let folder: string
const closing: (() => Promise<unknown>)[] = []
let nodes: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-moving-'))
  const service = await startServiceNode({ storeFile: join(folder, 'service.sqlite'), identityFile: null })
  closing.push(() => service.stop())
  nodes = await service.service.addresses()
})
afterAll(async () => {
  for (const end of closing.splice(0).reverse()) await end().catch(() => {})
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

interface Home {
  readonly node: ChronicleNode
  readonly phrase: string
  close(): Promise<void>
}

/** A person with a machine of their own, new or from a phrase. */
async function moveIn(name: string, place: string, known?: string): Promise<Home> {
  const root = join(folder, place)
  await mkdir(root, { recursive: true })
  const profiles = openProfiles({ root, random, clock: systemClock, cost: { N: 2 ** 4, r: 8, p: 1 } })
  const made = known === undefined ? await profiles.create({ name, password }) : null
  const profile = made?.profile ?? (await profiles.restore({ name, password, phrase: known ?? '' }))
  const session = await profiles.login(profile.id, password)
  // A member has each archive by one engine only: whoever asks the other one for it soon tries that one, too.
  const restoration = { archiveTimeout: 4000, firstRetry: 500 }
  const node = await openNode({ session, service: false, nodes, backupEvery: null, restoration })
  let open = true
  const close = async () => {
    if (!open) return
    open = false
    await node.close()
    await session.close()
  }
  closing.push(close)
  return { node, phrase: made?.phrase ?? known ?? '', close }
}

async function until(what: string, condition: () => Promise<boolean> | boolean, patience = 90_000): Promise<void> {
  const end = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`gave up waiting: ${what}`)
    await pause(50)
  }
}

const texts = async (node: ChronicleNode, communityId: CommunityId) =>
  (await node.store.messages.history({ communityId, limit: 100 })).map(({ text }) => text)

describe('R1.3 an owner whose machine is lost', () => {
  it('comes back by phrase and key, publishes one more week, and a newcomer gets every week', async () => {
    const owner = await moveIn('Owner', 'owner')
    const community = await owner.node.communities.create({
      name: 'Lighthouse',
      description: '',
      color: '#1f2c75',
      channels: [{ name: 'general' }],
      historyArchives: true,
    })
    const { id } = community
    const chatId = community.channels[0]?.chatId
    if (chatId === undefined) throw new Error('no channel')
    owner.node.archives.startOwner(id)
    for (const text of ['week one', 'week two']) {
      await owner.node.posting.post({ chatId, text })
      // A partition of its own for each: they are cut by whole seconds.
      await pause(1100)
      expect(await owner.node.archives.archiveNow(id)).toBe(1)
    }
    const member = await moveIn('Member', 'member')
    await member.node.communities.join(id)
    await until('the member to have all of it', async () => {
      const { links } = await member.node.archives.history(id)
      return links.some(({ state }) => state === 'done') && (await texts(member.node, id)).length === 2
    })
    const before = await owner.node.store.archives.published(id, 'torrent')
    const key = owner.node.communities.exportKey(id)
    await owner.node.outbox.drained()
    await owner.close()
    await rm(join(folder, 'owner'), { recursive: true, force: true, maxRetries: 3 })

    const again = await moveIn('Owner again', 'owner-again', owner.phrase)
    again.node.engines.addPeers(id, member.node.engines.addresses())
    expect(await again.node.adopt({ key })).toMatchObject({ id, role: 'owner' })
    await until('the history to be continued', async () => {
      const { hold } = await again.node.archives.history(id)
      return hold === null && again.node.archives.loop(id).startedAs !== null
    })
    expect(again.node.communities.get(id)).toMatchObject({ name: 'Lighthouse', members: 2 })
    expect(await texts(again.node, id)).toEqual(['week one', 'week two'])
    await again.node.posting.post({ chatId, text: 'one more week' })
    await pause(1100)
    expect(await again.node.archives.archiveNow(id)).toBe(1)
    const after = await again.node.store.archives.published(id, 'torrent')
    expect(after?.entries.slice(0, 2)).toEqual(before?.entries)
    await member.close()

    const newcomer = await moveIn('Newcomer', 'newcomer')
    await newcomer.node.communities.join(id)
    await until('the newcomer to have every week', async () => {
      const { links, archives } = await newcomer.node.archives.history(id)
      return (
        links.some(({ state }) => state === 'done') && archives.filter((one) => one.state === 'imported').length >= 3
      )
    })
    expect(await texts(newcomer.node, id)).toEqual(['week one', 'week two', 'one more week'])
  }, 240_000)
})
