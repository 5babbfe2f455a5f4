import { afterEach, describe, expect, it } from 'vitest'
import { createKeyTable, nanosOf, postChatId, sealChat } from '../../../src/main/messages/index.ts'
import {
  contentTopicOf,
  decodeArchiveLink,
  openApplicationMessage,
  universalChatId,
} from '../../../src/main/wire/index.ts'
import type {
  ArchiveLink,
  ChatId,
  CommunityId,
  Generation,
  MessageId,
  Millis,
  Seconds,
} from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { person, seededRandom } from '../../support/people.ts'
import {
  newFolder,
  type Place,
  removeFolders,
  type SmallNode,
  settle,
  startNode,
  until,
} from '../../support/small-node.ts'

const LINK = 'magnet:?xt=urn:btih:08585778ae3839c2157380622638286f35d42ba8' as ArchiveLink
const CID = 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz' as ArchiveLink

const running: SmallNode[] = []
async function start(place: Place, name: string, folder?: string): Promise<SmallNode> {
  const node = await startNode(place, name, folder)
  running.push(node)
  return node
}
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop()
  removeFolders()
})

interface Scene {
  readonly place: Place
  readonly owner: SmallNode
  readonly member: SmallNode
  readonly id: CommunityId
  readonly general: ChatId
}

/** An owner and a member of one community. */
async function scene(generation: Generation = 'N2'): Promise<Scene> {
  const place = { network: new MemoryNetwork(), clock: new FakeClock() }
  const owner = await start(place, 'the owner')
  const { id, channels } = await owner.communities.create({
    name: 'Lighthouse',
    description: '',
    color: '#1f2c75',
    channels: [{ name: 'general' }],
    historyArchives: true,
    generation,
  })
  const member = await start(place, 'a member')
  await member.communities.join(id, generation)
  await until(() => member.communities.get(id).state === 'joined', place, owner, member)
  const general = channels[0]?.chatId
  if (general === undefined) throw new Error('no channel')
  return { place, owner, member, id, general }
}

const page = async (node: SmallNode, { id, general }: Scene) => {
  const { messages } = await node.reading.page({ communityId: id, chatId: general, limit: 50 })
  return messages
}
const texts = async (node: SmallNode, where: Scene) => (await page(node, where)).map(({ text }) => text)

describe('posting', () => {
  it.each(['M', 'N', 'N2'] as const)(
    'a message reaches everybody in generation %s, on its topic',
    async (generation) => {
      const here = await scene(generation)
      const { place, owner, member, general } = here
      const id = await member.posting.post({ chatId: general, text: 'hello' })
      expect(await texts(member, here)).toEqual(['hello'])
      await settle(place, owner, member)
      expect(await page(owner, here)).toMatchObject([
        {
          id,
          text: 'hello',
          author: person('a member').id,
          authorName: 'a member',
          source: 'live',
          standing: 'member',
        },
      ])
      expect(await page(member, here)).toMatchObject([{ id, source: 'own' }])
      expect(member.network.published.at(-1)?.contentTopic).toBe(
        contentTopicOf(postChatId(here.id, general, generation)),
      )
    },
  )

  it('replies, edits, deletions and reactions have the same result for the one who made them and for others', async () => {
    const here = await scene()
    const { place, owner, member, general: chatId } = here
    const first = await member.posting.post({ chatId, text: 'first' })
    await settle(place, owner, member)
    await owner.posting.post({ chatId, text: 'second', responseTo: first })
    const third = await member.posting.post({ chatId, text: 'third' })
    await member.posting.edit({ chatId, id: first, text: 'first, corrected' })
    await settle(place, owner, member)
    await owner.posting.react({ chatId, id: first, emoji: '👍' })
    await owner.posting.pin({ chatId, id: first, pinned: true })
    await owner.posting.delete({ chatId, id: third })
    await settle(place, owner, member)
    const [mine, theirs] = await Promise.all([page(member, here), page(owner, here)])
    expect(mine.map(({ source: _, ...message }) => message)).toEqual(theirs.map(({ source: _, ...message }) => message))
    expect(mine).toMatchObject([
      {
        text: 'first, corrected',
        pinned: true,
        editedAt: expect.any(Number),
        reactions: [{ emoji: '👍', authors: [person('the owner').id] }],
      },
      { text: 'second', responseTo: first },
      { text: '', deleted: true },
    ])
    await owner.posting.react({ chatId, id: first, emoji: '👍', retracted: true })
    await settle(place, owner, member)
    expect((await page(member, here))[0]?.reactions).toEqual([])
  })

  it('the owner keeps the raw record of everything that will be archived, a member keeps none', async () => {
    const { place, owner, member, id, general: chatId } = await scene()
    const own = await owner.posting.post({ chatId, text: 'mine' })
    const theirs = await member.posting.post({ chatId, text: 'theirs' })
    await settle(place, owner, member)
    const scan = { communityId: id, from: 0 as Seconds, to: 2e9 as Seconds, partition: null, limit: 10 }
    const records = await owner.store.records.scan(scan)
    expect(new Set(records.map(({ messageId }) => messageId))).toEqual(new Set([own, theirs]))
    expect(records.every(({ archivable }) => archivable)).toBe(true)
    expect(await member.store.records.scan(scan)).toEqual([])
  })

  it('our own message that comes back from the network is known, and its record stays the one that was sent', async () => {
    const here = await scene()
    const { place, owner, id, general: chatId } = here
    await owner.posting.post({ chatId, text: 'mine' })
    await settle(place, owner)
    expect(await owner.store.records.count(id)).toMatchObject({ records: 1 })
    expect(await texts(owner, here)).toEqual(['mine'])
  })

  it('goes on while there is no network: what is said is here at once, and elsewhere later', async () => {
    const here = await scene()
    const { place, owner, member, general: chatId } = here
    member.network.online = false
    await member.posting.post({ chatId, text: 'said in a tunnel' })
    expect(await texts(member, here)).toEqual(['said in a tunnel'])
    expect(await member.store.outbox.pending()).toBe(1)
    await settle(place, owner, member)
    expect(await texts(owner, here)).toEqual([])
    member.network.online = true
    await settle(place, owner, member)
    expect(await texts(owner, here)).toEqual(['said in a tunnel'])
  })

  it('clocks go up within a channel, whatever the wall clock does, and never so far that others refuse', async () => {
    const here = await scene()
    const { place, owner, member, general: chatId } = here
    for (const text of ['a', 'b', 'c']) await member.posting.post({ chatId, text })
    place.clock.jump(place.clock.now() - 60_000)
    await member.posting.post({ chatId, text: 'd' })
    await settle(place, owner, member)
    expect(await texts(owner, here)).toEqual(['a', 'b', 'c', 'd'])
    place.clock.jump(place.clock.now() - 24 * 3600 * 1000)
    await member.posting.post({ chatId, text: 'e' })
    await settle(place, owner, member)
    expect(await texts(owner, here)).toHaveLength(5)
  })

  it('is refused, in words, where it would be refused by others', async () => {
    const { owner, member, id, general: chatId } = await scene()
    const elsewhere = `${id}${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}` as ChatId
    const message = await owner.posting.post({ chatId, text: 'by the owner' })
    await member.intake.catchUp({ from: 0 as Millis, to: 2e12 as Millis })
    await expect(member.posting.post({ chatId: elsewhere, text: 'x' })).rejects.toMatchObject({
      code: 'unknown-channel',
    })
    await expect(member.posting.post({ chatId, text: ' ' })).rejects.toMatchObject({ code: 'bad-text' })
    await expect(member.posting.post({ chatId, text: 'x'.repeat(4097) })).rejects.toMatchObject({ code: 'bad-text' })
    const other = { chatId, id: message }
    await expect(member.posting.edit({ ...other, text: 'x' })).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(member.posting.delete(other)).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(member.posting.pin({ ...other, pinned: true })).rejects.toMatchObject({ code: 'not-allowed' })
    const nothing = { chatId, id: `0x${'0'.repeat(64)}` as MessageId, emoji: '👍' }
    await expect(member.posting.react(nothing)).rejects.toMatchObject({ code: 'unknown-message' })
    await member.communities.leave(id)
    await expect(member.posting.post({ chatId, text: 'x' })).rejects.toMatchObject({ code: 'unknown-channel' })
    expect(await member.store.outbox.pending()).toBe(0)
  })
})

describe('what was missed', () => {
  it('is fetched from the store network, judged like everything, and read in order', async () => {
    const here = await scene()
    const { place, owner, member, id, general: chatId } = here
    await member.network.stop()
    for (let i = 0; i < 30; i++) await owner.posting.post({ chatId, text: `message ${i}` })
    await settle(place, owner)
    expect(await texts(member, here)).toEqual([])
    const topics = member.communities.contentTopics(id)
    const count = await member.intake.catchUp({ topics, from: 0 as Millis, to: place.clock.now() })
    expect(count).toBeGreaterThanOrEqual(30)
    expect(await texts(member, here)).toEqual(Array.from({ length: 30 }, (_, i) => `message ${i}`))
    expect((await page(member, here))[0]?.source).toBe('store')
    const { hits } = await member.reading.search({ communityId: id, text: 'message 17', limit: 5 })
    expect(hits).toHaveLength(1)
  })

  it('rejects when the network cannot be asked, and keeps what came until then', async () => {
    const { place, member } = await scene()
    member.network.online = false
    await expect(member.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })).rejects.toThrow('offline')
  })

  it('people the description does not know are read too, and marked as never seen', async () => {
    const here = await scene()
    const { place, owner, member, id, general: chatId } = here
    const keyOf = createKeyTable()
    const years = (place.clock.now() - 5 * 365 * 24 * 3600 * 1000) as Millis
    const sealed = sealChat({
      communityId: id,
      chatId,
      generation: 'N2',
      key: await keyOf(universalChatId(id)),
      author: person('somebody').key,
      clock: years,
      timestamp: years,
      sentAt: nanosOf(years),
      text: 'long ago',
      displayName: 'somebody',
      random: seededRandom('long ago'),
    })
    for (const { sealed: message } of sealed.parts) place.network.accept(message)
    await settle(place, owner, member)
    expect(await page(member, here)).toMatchObject([
      { id: sealed.id, text: 'long ago', standing: 'unknown', timestamp: years, authorName: 'somebody' },
    ])
  })
})

describe('an announcement', () => {
  it.each(['M', 'N', 'N2'] as const)(
    'R3.2 in generation %s carries both links, hints and the device',
    async (generation) => {
      const { place, owner, member, id } = await scene(generation)
      const clock = (place.clock.now() + 1) as Millis
      const hints = Array.from({ length: 20 }, (_, i) => `203.0.113.${i}:4001`)
      const entry = await owner.communities.composeAnnouncement(id, { clock, link: LINK, otherLink: CID, hints })
      expect(owner.network.published.some(({ payload }) => payload === entry.sealed.payload)).toBe(false)
      await owner.store.outbox.add(entry)
      await settle(place, owner, member)
      const [control] = member.controls.filter(({ type }) => type === 'archive-link')
      if (control?.type !== 'archive-link') throw new Error('no announcement came')
      expect(control.message).toMatchObject({
        clock,
        link: LINK,
        otherLink: CID,
        engine: 'torrent',
        peers: hints.slice(0, 16),
      })
      const { deviceId } = (await owner.store.communities.get(id)) ?? {}
      expect(control.message.deviceId).toEqual(deviceId)
      expect(openApplicationMessage(control.bytes).id).toBe(control.id)
      expect(decodeArchiveLink(openApplicationMessage(control.bytes).payload)).toEqual(control.message)
    },
  )

  it('R3.8 said again at another time is another entry, at the same time the same', async () => {
    const { place, owner, id } = await scene()
    const input = { clock: place.clock.now(), link: LINK }
    const at = (ms: number) => ({ ...input, at: (place.clock.now() + ms) as Millis })
    const compose = async (ms: number) => (await owner.communities.composeAnnouncement(id, at(ms))).id
    expect(await compose(0)).toBe(await compose(0))
    expect(await compose(0)).not.toBe(await compose(86_400_000))
  })

  it('that a member makes does not exist', async () => {
    const { place, member, id } = await scene()
    const announce = async () => member.communities.composeAnnouncement(id, { clock: place.clock.now(), link: LINK })
    await expect(announce()).rejects.toMatchObject({ code: 'not-owner' })
  })
})

describe('logging out', () => {
  it('leaves no timer, no subscription and no key behind, and everything is there on return', async () => {
    const place = { network: new MemoryNetwork(), clock: new FakeClock() }
    const folder = newFolder()
    const owner = await start(place, 'the owner', folder)
    const community = await owner.communities.create({
      name: 'Lighthouse',
      description: '',
      color: '#1f2c75',
      channels: [],
      historyArchives: true,
    })
    const chatId = community.channels[0]?.chatId
    if (chatId === undefined) throw new Error('no channel')
    await owner.posting.post({ chatId, text: 'before' })
    running.splice(running.indexOf(owner), 1)
    await owner.stop()
    expect(place.clock.pending).toBe(0)
    expect(place.network.subscriptions.size).toBe(0)
    const again = await start(place, 'the owner', folder)
    expect(again.communities.list()).toEqual([community])
    const { messages } = await again.reading.page({ communityId: community.id, chatId, limit: 10 })
    expect(messages.map(({ text }) => text)).toEqual(['before'])
    await again.communities.addChannel(community.id, { name: 'after' })
    expect(again.communities.get(community.id).channels).toHaveLength(2)
  })
})
