/**
 * A community whose owner and member both let a Codex (Logos Storage) node of their own carry the archives: whole
 * programs, two fake nodes with nothing in common but each other.
 */
import { afterEach, expect, it } from 'vitest'
import type { ChatId, CommunityId } from '../../src/shared/domain.ts'
import { FakeStorageNetwork, FakeStorageNode } from '../support/fake-storage-node.ts'
import type { Person } from './support/person.ts'
import { Stage } from './support/stage.ts'

let stage: Stage | null = null
afterEach(async () => {
  await stage?.close()
  stage = null
})

const codexOf = async (person: Person) =>
  (await person.client.request('engines.list')).find(({ engine }) => engine === 'codex')

it('history goes from the owner’s node to the member’s, also after the owner’s was away and became a newer one', async () => {
  stage = await Stage.open({ title: 'own nodes', engine: 'codex' })
  const network = new FakeStorageNetwork()
  const nodes = {
    creator: await FakeStorageNode.start({ network, format: 'v0', flavour: 'codex' }),
    member: await FakeStorageNode.start({ network }),
  }
  const people = { creator: await stage.person('creator'), member: await stage.person('member') }
  const { creator, member } = people
  for (const name of ['creator', 'member'] as const)
    await people[name].client.request('settings.set', { codexEngine: 'external', codexNode: nodes[name].url })
  expect(await codexOf(creator)).toMatchObject({ trouble: '', node: { version: 'v0.2.1' } })
  expect(await codexOf(member)).toMatchObject({ trouble: '', node: { version: 'v0.5.3' } })

  const { id } = await creator.found('Own nodes')
  const chatId = await creator.addChannel(id, 'chat')
  await member.join(id)
  await member.channel(id, 'chat')
  await creator.say(chatId, 'message 1')
  await member.until('has the first archive', 60, async () => (await member.archives(id)).length === 1)

  await nodes.creator.stop()
  await creator.until('says that its node is away', 40, async () => (await codexOf(creator))?.trouble !== '')
  await creator.say(chatId, 'message 2')
  nodes.creator.flavour = 'storage'
  await nodes.creator.start()
  await creator.until('is well again', 60, async () => (await codexOf(creator))?.node?.version === 'v0.5.3')
  await member.until('has both archives', 90, async () => {
    const archives = await member.archives(id)
    return archives.length === 2 && archives.every(({ state }) => state === 'imported')
  })
  expect(await member.texts(chatId)).toEqual(['message 1', 'message 2'])
  for (const cid of nodes.creator.kept.keys()) expect(nodes.creator.isWhole(cid)).toBe(true)
  expect(nodes.member.countOf(/network/)).toBeGreaterThan(0)
})

it('one profile changes between its engines while it runs, and what it published and fetched stays there for others', async () => {
  stage = await Stage.open({ title: 'switching', engine: 'codex' })
  const network = new FakeStorageNetwork()
  const nodes = { owner: await FakeStorageNode.start({ network }), member: await FakeStorageNode.start({ network }) }
  const owner = await stage.person('owner')
  const member = await stage.person('member')
  const use = (person: Person, codexEngine: 'embedded' | 'external', node: FakeStorageNode) =>
    person.client.request('settings.set', { codexEngine, codexNode: node.url })
  const { id } = await owner.found('Switching')
  const chatId = await owner.addChannel(id, 'chat')
  await member.join(id)
  await member.channel(id, 'chat')
  const all: string[] = []
  const publish = async (text: string, to: Person) => {
    await owner.say(chatId, text)
    all.push(text)
    await has(to, id, chatId, all)
  }

  await publish('embedded, both', member)
  await use(owner, 'external', nodes.owner)
  await use(member, 'external', nodes.member)
  await owner.until('gave its node what it has', 30, async () => nodes.owner.kept.size >= 2)
  await publish('through nodes, both', member)
  for (const cid of nodes.owner.kept.keys()) expect(nodes.owner.isWhole(cid)).toBe(true)

  // What the embedded engine published before is in the node now, for somebody who has nothing else.
  const newcomer = await stage.person('newcomer')
  await use(newcomer, 'external', await FakeStorageNode.start({ network }))
  await newcomer.join(id)
  await has(newcomer, id, chatId, all)

  await use(owner, 'embedded', nodes.owner)
  await use(member, 'embedded', nodes.member)
  await publish('embedded again', member)
  await nodes.owner.stop()
  await nodes.member.stop()
  const latecomer = await stage.person('latecomer')
  await latecomer.join(id)
  await has(latecomer, id, chatId, all)
  expect((await owner.history(id)).archives.every(({ state }) => state === 'published')).toBe(true)
})

async function has(person: Person, id: CommunityId, chatId: ChatId, texts: readonly string[]): Promise<void> {
  await person.until(`has ${texts.length} archives`, 90, async () => {
    const archives = await person.archives(id)
    return archives.length === texts.length && archives.every(({ state }) => state === 'imported')
  })
  expect(await person.texts(chatId)).toEqual(texts)
}
