import { describe, expect, it } from 'vitest'
import {
  contentTopicOf,
  decodeCommunityDescription,
  encodeApplicationMessage,
  openApplicationMessage,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { identityOf, person } from '../../support/people.ts'
import { newFolder, settle, until } from '../../support/small-node.ts'
import { create, DAY, description, joined, newPlace, start, stop } from './support.ts'

describe('a community description', () => {
  it('reaches members when a channel is added, and with it the channel', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const changed = await owner.communities.addChannel(id, { name: 'weather', emoji: '⛅' })
    await settle(place, owner, member)
    expect(member.communities.get(id).channels).toEqual(changed.channels)
    expect(member.communities.get(id).channels[2]).toMatchObject({ name: 'weather', emoji: '⛅', position: 2 })
    await expect(owner.communities.addChannel(id, { name: 'weather' })).rejects.toMatchObject({ code: 'bad-channel' })
    await expect(owner.communities.addChannel(id, { name: '' })).rejects.toMatchObject({ code: 'bad-channel' })
  })

  it('is published again each day, and after a restart when the last change was not sent', async () => {
    const place = newPlace()
    const folder = newFolder()
    const owner = await start(place, 'owner', folder)
    const { id } = await create(owner)
    const topic = contentTopicOf(id)
    const count = () => place.network.stored.filter(({ contentTopic }) => contentTopic === topic).length
    expect(count()).toBe(1)
    await place.clock.advance(DAY - 10 * 60_000)
    expect(count()).toBe(1)
    await place.clock.advance(20 * 60_000)
    await until(() => count() === 2, place, owner)
    await stop(owner)
    // A crash between storing a change and handing it to the outbox.
    const again = await start(place, 'owner', folder)
    await settle(place, again)
    expect(count()).toBe(2)
    await again.store.communities.apply({ communityId: id, published: { clock: 1 as Millis, at: place.clock.now() } })
    await stop(again)
    await start(place, 'owner', folder)
    await until(() => count() === 3, place)
  })

  it('R3.1 carries the clock of the newest publication of archives, and a newer clock with it', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const before = await description(owner, id)
    const clock = (place.clock.now() + 7) as Millis
    await owner.store.communities.noteArchiveClock(id, clock)
    await owner.communities.publishDescription(id)
    const after = await description(owner, id)
    if (after?.description == null || before === null) throw new Error('no description')
    const published = decodeCommunityDescription(openApplicationMessage(after.description).payload)
    expect(published.archiveLinkClock).toBe(clock)
    expect(after.descriptionClock).toBeGreaterThan(before.descriptionClock)
    const { entries, change } = await owner.communities.composeDescription(id)
    expect(entries).toHaveLength(1)
    expect(change).toEqual({ published: { clock: after.descriptionClock, at: place.clock.now() } })
  })

  it('R3.5 from more than a day ahead is held, shown and not stored', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const before = await description(member, id)
    place.clock.jump(place.clock.now() + 2 * DAY)
    await owner.communities.addChannel(id, { name: 'tomorrow' })
    place.clock.jump(place.clock.now() - 2 * DAY)
    await owner.flush()
    await settle(place, member)
    expect(member.events.held).toEqual([{ communityId: id, clock: (await description(owner, id))?.descriptionClock }])
    expect(await description(member, id)).toEqual(before)
  })

  it('that no longer lists a member puts them out, and their messages are marked', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const other = await start(place, 'other')
    await other.communities.join(id)
    await until(() => joined(other, id) && member.communities.get(id).members === 3, place, owner, member, other)
    await other.communities.leave(id)
    await until(() => member.communities.get(id).members === 2, place, owner, member, other)
    expect(member.communities.standing(id, person('other').id)).toBe('former')
    expect(member.communities.standing(id, person('nobody').id)).toBe('unknown')
    expect(other.communities.postingChannel(channels[0]?.chatId ?? ('' as never))).toBeNull()
  })

  it('whose key cannot be opened is shown, told, and keeps no other community from working', async () => {
    const place = newPlace()
    const folder = newFolder()
    const owner = await start(place, 'owner', folder)
    const { id } = await create(owner)
    await stop(owner)
    const thief = await start(place, 'another person', folder)
    expect(thief.communities.list()).toHaveLength(1)
    expect(thief.events.failed).toMatchObject([{ communityId: id, error: { code: 'sealed-elsewhere' } }])
    await expect(thief.communities.publishDescription(id)).rejects.toMatchObject({ code: 'sealed-elsewhere' })
    const other = await create(thief)
    expect(thief.communities.get(other.id).state).toBe('joined')
  })

  it('topics that are archived come in the order of the channels, the universal one last', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner)
    const topics = owner.communities.archivedTopics(id)
    expect(topics).toHaveLength(channels.length + 1)
    expect(owner.communities.contentTopics(id)).toHaveLength(2 + channels.length + 3)
    expect(new Set(owner.inbox.topics())).toEqual(new Set(owner.communities.contentTopics(id)))
  })

  it('keeps what another program wrote into it, when it is changed here and published', async () => {
    const place = newPlace()
    const folder = newFolder()
    const owner = await start(place, 'owner', folder)
    const { id } = await create(owner)
    const row = await description(owner, id)
    if (row?.description == null || row.sealedKey === null) throw new Error('no description')
    const payload = openApplicationMessage(row.description).payload
    // Field 900, of which nothing here knows.
    const more = Buffer.concat([payload, Uint8Array.of(0xa2, 0x38, 5), Buffer.from('later')])
    const key = identityOf('owner').open(row.sealedKey, `community key ${id}`)
    const message = encodeApplicationMessage({ type: 25, payload: new Uint8Array(more) }, key)
    const change = { message, clock: row.descriptionClock, members: [person('owner').id], left: [] }
    await owner.store.communities.apply({ communityId: id, description: change })
    await stop(owner)
    const again = await start(place, 'owner', folder)
    await again.communities.edit(id, { name: 'Tower' })
    const after = await description(again, id)
    if (after?.description == null) throw new Error('no description')
    const published = openApplicationMessage(after.description).payload
    expect(Buffer.from(published).includes('later')).toBe(true)
    expect(decodeCommunityDescription(published).identity?.displayName).toBe('Tower')
  })
})
