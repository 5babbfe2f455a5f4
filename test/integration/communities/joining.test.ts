import { describe, expect, it } from 'vitest'
import { nanosOf, seal } from '../../../src/main/messages/index.ts'
import {
  contactDiscoveryChatId,
  contentTopicOf,
  encodeRequestToJoinResponse,
  encodeUserKicked,
  hexToBytes,
  openApplicationMessage,
  openAsymmetric,
  pubsubTopic,
  sealAsymmetric,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { identityOf, person, communityId as unknownCommunity } from '../../support/people.ts'
import { newFolder, settle, until } from '../../support/small-node.ts'
import { create, DAY, description, joined, LINK, newPlace, random, start, stop } from './support.ts'

describe('joining a community', () => {
  it.each(['M', 'N', 'N2'] as const)('an owner who speaks %s lets a member in', async (generation) => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner, generation)
    expect(channels.map(({ name }) => name)).toEqual(['general', 'log'])
    const member = await start(place, 'member')
    expect(await member.communities.join(id, generation)).toMatchObject({ state: 'unknown', name: '' })
    await until(() => joined(member, id), place, owner, member)
    expect(member.communities.get(id)).toMatchObject({ name: 'Lighthouse', members: 2, role: 'member', channels })
    expect(owner.communities.get(id).members).toBe(2)
    expect(member.events.joined).toEqual([{ communityId: id }])
    const request = member.network.published[0]
    expect(request?.pubsubTopic).toBe(pubsubTopic(16, generation === 'N2' ? 32 : 64))
  })

  it('what is sent to the owner only the owner can open, and the answer only the member', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const [request] = member.network.published
    if (request === undefined) throw new Error('no request')
    expect(() => openAsymmetric(request.payload, person('stranger').key)).toThrow()
    const answers = owner.network.published.filter((message) => {
      try {
        return openApplicationMessage(openAsymmetric(message.payload, person('member').key).data).type === 48
      } catch {
        return false
      }
    })
    expect(answers).toHaveLength(1)
  })

  it('§5.6 the answer carries the current link, handed on with the clock of its publication', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const clock = (place.clock.now() - 5000) as Millis
    owner.link = { link: LINK, clock }
    await owner.store.communities.noteArchiveClock(id, clock)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => member.events.link.length > 0, place, owner, member)
    expect(member.events.link).toEqual([{ communityId: id, link: LINK, clock }])
  })

  it('a request is answered once however often it arrives, and again when it is asked anew', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const sent = owner.network.published.length
    const clock = (await description(owner, id))?.descriptionClock
    const [request] = place.network.stored.filter(({ payload }) => payload === member.network.published[0]?.payload)
    if (request === undefined) throw new Error('no request')
    // The same request in another envelope: nothing but its clock says that it was answered.
    owner.inbox.receive({ ...request, hash: new Uint8Array(32), origin: 'store' })
    await settle(place, owner, member)
    expect(owner.network.published).toHaveLength(sent)
    expect((await description(owner, id))?.descriptionClock).toBe(clock)
  })

  it('asks again when nobody answers, then on both shards, and stops when it is let in', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    owner.network.online = false
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => member.network.published.length === 1, place, member)
    expect(member.communities.get(id).state).toBe('requested')
    await place.clock.advance(19_000)
    expect(member.network.published).toHaveLength(1)
    await place.clock.advance(2000)
    await until(() => member.network.published.length === 3, place, member)
    expect(new Set(member.network.published.slice(1).map(({ pubsubTopic }) => pubsubTopic))).toEqual(
      new Set([pubsubTopic(16, 32), pubsubTopic(16, 64)]),
    )
    owner.network.online = true
    await place.clock.advance(61_000)
    await until(() => joined(member, id), place, owner, member)
    const asked = member.network.published.length
    await place.clock.advance(DAY)
    expect(member.network.published).toHaveLength(asked)
  })

  it('waits for a description that is not in the store network yet', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const kept = place.network.stored.splice(0)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await settle(place, member)
    expect(member.communities.get(id).state).toBe('unknown')
    place.network.stored.push(...kept)
    await place.clock.advance(6000)
    await until(() => joined(member, id), place, owner, member)
  })

  it('goes on joining after a restart, and finds the answer that came meanwhile', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const folder = newFolder()
    const before = await start(place, 'member', folder)
    owner.network.online = false
    await before.communities.join(id)
    await until(() => before.network.published.length === 1, place, before)
    await stop(before)
    owner.network.online = true
    await owner.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })
    await settle(place, owner)
    const after = await start(place, 'member', folder)
    await until(() => joined(after, id), place, after)
    expect(after.network.published).toHaveLength(0)
  })

  it('people added by the owner are members as soon as they come, without asking', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const people = ['a', 'b', 'member'].map((name) => person(name).id)
    const sent = owner.network.published.length
    await owner.communities.addMembers(id, [...people, ...people])
    expect(owner.network.published).toHaveLength(sent + 1)
    await owner.communities.addMembers(id, people)
    expect(owner.network.published).toHaveLength(sent + 1)
    expect(owner.communities.get(id).members).toBe(4)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, member)
    expect(member.network.published).toHaveLength(0)
    expect(member.events.joined).toHaveLength(1)
  })

  it('a member who leaves is told to nobody but the owner, and is a former member', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    expect(owner.communities.standing(id, person('member').id)).toBe('member')
    await member.communities.leave(id)
    await until(() => owner.communities.get(id).members === 1, place, owner, member)
    expect(owner.communities.standing(id, person('member').id)).toBe('former')
    expect(member.communities.list()).toEqual([])
    expect(member.inbox.topics()).toEqual([])
    expect(member.communities.has(id)).toBe(false)
  })

  it('R4.6 an old request to join, sent again by a stranger, does not bring back who left', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    await place.clock.advance(1000)
    await member.communities.leave(id)
    await until(() => owner.communities.get(id).members === 1, place, owner, member)
    const [request] = place.network.stored.filter(({ payload }) => payload === member.network.published[0]?.payload)
    if (request === undefined) throw new Error('no request')
    owner.inbox.receive({ ...request, hash: new Uint8Array(32).fill(1), origin: 'live' })
    await settle(place, owner)
    expect(owner.communities.get(id).members).toBe(1)
    await place.clock.advance(5000)
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
  })

  it('§13.21 a member who wants no history archives is not made to want them by logging in', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const folder = newFolder()
    const member = await start(place, 'member', folder)
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    await member.communities.setHistoryArchives(id, false)
    await stop(member)
    const again = await start(place, 'member', folder)
    await owner.communities.addChannel(id, { name: 'news' })
    await settle(place, owner, again)
    expect(again.communities.get(id)).toMatchObject({ state: 'joined', historyArchives: false })
  })

  it('is over when the community says so, unless it said otherwise since (R4.6)', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const row = await description(owner, id)
    if (row?.sealedKey == null) throw new Error('no key')
    const key = identityOf('owner').open(row.sealedKey, `community key ${id}`)
    const say = (type: number, payload: Uint8Array, author: Uint8Array) => {
      const recipient = person('member').publicKey
      const to = { pubsubTopic: pubsubTopic(16, 32), chatId: contactDiscoveryChatId(recipient), recipient }
      const sentAt = nanosOf(place.clock.now())
      const sealed = seal({
        type,
        payload,
        author,
        sender: author,
        to,
        envelope: 'bare',
        installationId: '',
        sentAt,
        random,
      })
      for (const part of sealed.parts) place.network.accept(part.sealed)
    }
    const kick = (clock: number) => encodeUserKicked({ clock, communityId: hexToBytes(id) })
    say(81, kick(row.descriptionClock + 1), person('stranger').key)
    say(81, kick(row.descriptionClock - 1), key)
    await settle(place, member)
    expect(joined(member, id)).toBe(true)
    // Bytes that a stranger signed find no community at all; what the community signed finds its own.
    expect(await member.refusals(id)).toMatchObject({ 'wrong-signer': 1 })
    say(81, kick(row.descriptionClock + 1), key)
    await until(() => !joined(member, id), place, member)
    expect(member.events.removed).toEqual([{ communityId: id }])
    expect(member.communities.list()).toHaveLength(1)
    await member.communities.join(id)
    expect(joined(member, id)).toBe(true)
  })

  it('is over when the owner declines', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    owner.network.online = false
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => member.network.published.length === 1, place, member)
    const row = await description(owner, id)
    if (row?.sealedKey == null) throw new Error('no key')
    const author = identityOf('owner').open(row.sealedKey, `community key ${id}`)
    const recipient = person('member').publicKey
    const to = { pubsubTopic: pubsubTopic(16, 32), chatId: contactDiscoveryChatId(recipient), recipient }
    const payload = encodeRequestToJoinResponse({
      clock: place.clock.now(),
      accepted: false,
      communityId: hexToBytes(id),
    })
    const sentAt = nanosOf(place.clock.now())
    const sealed = seal({
      type: 48,
      payload,
      author,
      sender: author,
      to,
      envelope: 'bare',
      installationId: '',
      sentAt,
      random,
    })
    for (const part of sealed.parts) place.network.accept(part.sealed)
    await until(() => member.events.removed.length > 0, place, member)
    await place.clock.advance(DAY)
    expect(member.network.published).toHaveLength(1)
  })

  it('an answer that was meant for somebody else changes nothing', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    owner.link = { link: LINK, clock: place.clock.now() }
    const other = await start(place, 'other')
    await other.communities.join(id)
    await until(() => joined(other, id), place, owner, other)
    const answer = other.controls.find(({ type }) => type === 'request-to-join-response')
    if (answer === undefined) throw new Error('no answer')
    owner.network.online = false
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => member.network.published.length === 1, place, member)
    // Whoever was let in can send the community's answer on: it does not list this member.
    const recipient = person('member').publicKey
    const to = { pubsubTopic: pubsubTopic(16, 32), chatId: contactDiscoveryChatId(recipient), recipient }
    const data = answer.bytes
    const payload = sealAsymmetric({
      data,
      recipient,
      ephemeral: person('ephemeral').key,
      iv: random(16),
      padding: random,
    })
    const timestamp = nanosOf(place.clock.now())
    place.network.accept({
      pubsubTopic: to.pubsubTopic,
      contentTopic: contentTopicOf(to.chatId),
      payload,
      timestamp,
      ephemeral: false,
    })
    await settle(place, member)
    expect(member.communities.get(id).state).toBe('requested')
    expect(member.events.link).toEqual([])
  })

  it('the owner cannot leave, and a member cannot do what only the owner can', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    await expect(owner.communities.leave(id)).rejects.toMatchObject({ code: 'owner-stays' })
    const member = await start(place, 'member')
    await member.communities.join(id)
    for (const attempt of [
      member.communities.addChannel(id, { name: 'mine' }),
      member.communities.addMembers(id, [person('a').id]),
      member.communities.publishDescription(id),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'not-owner' })
    }
    await expect(owner.communities.leave(unknownCommunity)).rejects.toMatchObject({ code: 'unknown-community' })
  })

  it('twenty people at once are all let in', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const members = await Promise.all(Array.from({ length: 20 }, (_, i) => start(place, `member ${i}`)))
    await Promise.all(members.map((member) => member.communities.join(id)))
    await until(() => members.every((member) => joined(member, id)), place, owner, ...members)
    expect(owner.communities.get(id).members).toBe(21)
  })
})
