/**
 * A community whose owner and member both let a Codex (Logos Storage) node of their own carry the archives: whole
 * programs, two fake nodes with nothing in common but each other.
 */
import { afterEach, expect, it } from 'vitest'
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
