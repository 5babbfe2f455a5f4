import { describe, expect, it } from 'vitest'
import type { ChatId } from '../../../src/shared/domain.ts'
import { person } from '../../support/people.ts'
import { newFolder, type SmallNode, settle, until } from '../../support/small-node.ts'
import { create, joined, newPlace, start, stop, text } from './support.ts'

const said = async (node: SmallNode, chatId: ChatId) =>
  (await node.store.messages.page({ chatId, limit: 10 })).messages.map((message) => message.text)

describe('reading without joining', () => {
  it('brings what is said, asks nobody, may not write, and goes on after a restart', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner)
    const general = channels[0]?.chatId
    if (general === undefined) throw new Error('no channel')
    const folder = newFolder()
    const reader = await start(place, 'reader', folder)
    await reader.communities.spectate(id)
    await until(() => reader.communities.get(id).state === 'reading', place, owner, reader)
    expect(reader.events.reading).toEqual([{ communityId: id }])
    expect(reader.network.published).toEqual([])
    expect(reader.communities.get(id).channels.every(({ mayPost }) => !mayPost)).toBe(true)
    await owner.posting.post({ chatId: general, text: 'Land in sight' })
    await settle(place, owner, reader)
    expect(await said(reader, general)).toEqual(['Land in sight'])
    await expect(reader.posting.post({ chatId: general, text: 'Hello' })).rejects.toMatchObject({
      code: 'unknown-channel',
    })
    await stop(reader)
    const again = await start(place, 'reader', folder)
    await owner.posting.post({ chatId: general, text: 'Ashore' })
    await settle(place, owner, again)
    expect(await said(again, general)).toContain('Ashore')
    await again.communities.join(id)
    await until(() => joined(again, id), place, owner, again)
    await again.communities.leave(id)
    expect(again.communities.list()).toEqual([])
  })

  it('ends by leaving, and is refused where only members read', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await owner.communities.create({ ...text, openToRead: false, channels: [{ name: 'general' }] })
    const reader = await start(place, 'reader')
    await reader.communities.spectate(id)
    await until(() => reader.communities.get(id).state === 'closed', place, owner, reader)
    expect(reader.events.reading).toEqual([])
    await owner.communities.edit(id, { openToRead: true })
    await until(() => reader.communities.get(id).state === 'reading', place, owner, reader)
    await reader.communities.leave(id)
    expect(reader.communities.list()).toEqual([])
    await owner.communities.edit(id, { openToRead: false })
    await settle(place, owner)
    expect(reader.network.published).toEqual([])
  })
})

describe('where only some may write', () => {
  it('others are told so before anything is sent, and what their clients send all the same is refused', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner)
    const log = channels[1]?.chatId
    if (log === undefined) throw new Error('no channel')
    const [ada, bob] = [await start(place, 'ada'), await start(place, 'bob')]
    for (const one of [ada, bob]) await one.communities.join(id)
    await until(() => joined(ada, id) && joined(bob, id), place, owner, ada, bob)
    // Bob's node does not hear of it in time: what it sends must not count.
    bob.network.online = false
    const posting = { posters: [person('ada').id], viewersMayReact: false }
    await owner.communities.editChannel(log, { description: 'News' }, posting)
    await settle(place, owner, ada)
    await ada.posting.post({ chatId: log, text: 'official' })
    bob.network.online = true
    await bob.posting.post({ chatId: log, text: 'me too' })
    await settle(place, owner, ada, bob)
    expect(await said(owner, log)).toEqual(['official'])
    expect(await owner.refusals(id)).toMatchObject({ 'not-permitted': 1 })
    await place.clock.advance(1000)
    await owner.communities.publishDescription(id)
    await until(() => bob.communities.get(id).channels[1]?.mayPost === false, place, owner, ada, bob)
    expect(bob.communities.get(id).channels[1]).toMatchObject({ posting: 'chosen', description: 'News' })
    await expect(bob.posting.post({ chatId: log, text: 'again' })).rejects.toMatchObject({ code: 'not-allowed' })
  })
})
