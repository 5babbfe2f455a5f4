import { describe, expect, it } from 'vitest'
import type { CommunityId, Millis } from '../../../src/shared/domain.ts'
import { person } from '../../support/people.ts'
import { newFolder, type Place, type SmallNode, settle, until } from '../../support/small-node.ts'
import { create, DAY, joined, LINK, newPlace, start, stop, text } from './support.ts'

const ask = { state: 'pending', limit: 10 } as const
const byRequest = async (owner: SmallNode): Promise<CommunityId> => {
  const { id } = await owner.communities.create({ ...text, joining: 'request', channels: [{ name: 'general' }] })
  return id
}
const waits = async (place: Place, owner: SmallNode, id: CommunityId, ...people: SmallNode[]) => {
  for (const one of people) await one.communities.join(id)
  await until(() => people.every((one) => one.network.published.length > 0), place, owner, ...people)
  await settle(place, owner, ...people)
}
const state = (node: SmallNode, id: CommunityId) => node.communities.get(id).state

describe('a community whose owner decides who is let in', () => {
  it('keeps each request with its name until it is accepted, with the link and the description (R3.8)', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const id = await byRequest(owner)
    expect(owner.communities.get(id).joining).toBe('request')
    const [ada, bob] = [await start(place, 'ada'), await start(place, 'bob')]
    await waits(place, owner, id, ada, bob)
    expect(state(ada, id)).toBe('requested')
    expect(owner.communities.get(id).members).toBe(1)
    const { requests, pending } = await owner.communities.requests(id, ask)
    expect(pending).toBe(2)
    expect(new Map(requests.map(({ contactId, name }) => [contactId, name]))).toEqual(
      new Map([
        [person('ada').id, 'ada'],
        [person('bob').id, 'bob'],
      ]),
    )
    const [first] = requests
    const after = first === undefined ? undefined : { since: first.since, contactId: first.contactId }
    expect((await owner.communities.requests(id, { ...ask, after })).requests).toHaveLength(1)
    expect(owner.events.requests).toHaveLength(2)
    owner.link = { link: LINK, clock: place.clock.now() }
    await owner.communities.accept(id, [person('ada').id])
    await until(() => joined(ada, id), place, owner, ada)
    await until(() => ada.events.link.length > 0, place, owner, ada)
    expect(state(bob, id)).toBe('requested')
    expect((await owner.communities.requests(id, ask)).pending).toBe(1)
    expect((await owner.communities.members(id, { standing: 'member', limit: 10 })).members).toContainEqual({
      contactId: person('ada').id,
      name: 'ada',
      standing: 'member',
      role: 'member',
    })
    await expect(owner.communities.accept(id, [person('ada').id])).rejects.toMatchObject({ code: 'no-request' })
  })

  it('tells who is declined, who may ask once more and be accepted; an old refusal, sent again, ends nothing', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const id = await byRequest(owner)
    const ada = await start(place, 'ada')
    await waits(place, owner, id, ada)
    await place.clock.advance(5000)
    await owner.communities.refuse(id, [person('ada').id])
    await until(() => state(ada, id) === 'refused', place, owner, ada)
    expect(ada.events.removed).toEqual([{ communityId: id }])
    expect((await owner.communities.requests(id, ask)).pending).toBe(0)
    expect((await owner.communities.requests(id, { ...ask, state: 'refused' })).requests).toHaveLength(1)
    const asked = ada.network.published.length
    await place.clock.advance(DAY)
    expect(ada.network.published).toHaveLength(asked)
    await ada.communities.join(id)
    await settle(place, owner, ada)
    expect((await owner.communities.requests(id, ask)).pending).toBe(1)
    // Everything that was ever sent, in new envelopes: the refusal is among it.
    for (const [index, record] of place.network.stored.entries())
      ada.inbox.receive({ ...record, hash: new Uint8Array(32).fill(index), origin: 'live' })
    await settle(place, owner, ada)
    expect(state(ada, id)).toBe('requested')
    await owner.communities.accept(id, [person('ada').id])
    await until(() => joined(ada, id), place, owner, ada)
  })

  it('R4.6 a request sent again, before or after it was answered, changes nothing, also after a restart', async () => {
    const place = newPlace()
    const folder = newFolder()
    const owner = await start(place, 'owner', folder)
    const id = await byRequest(owner)
    const ada = await start(place, 'ada')
    await waits(place, owner, id, ada)
    const [request] = place.network.stored.filter(({ payload }) => payload === ada.network.published[0]?.payload)
    if (request === undefined) throw new Error('no request')
    const again = (node: SmallNode, n: number) =>
      node.inbox.receive({ ...request, hash: new Uint8Array(32).fill(n), origin: 'live' })
    again(owner, 1)
    await settle(place, owner)
    expect(owner.events.requests).toHaveLength(1)
    await stop(owner)
    const back = await start(place, 'owner', folder)
    expect((await back.communities.requests(id, ask)).pending).toBe(1)
    await back.communities.refuse(id, [person('ada').id])
    again(back, 2)
    await settle(place, back)
    expect((await back.communities.requests(id, ask)).pending).toBe(0)
    expect(back.events.requests).toHaveLength(1)
  })

  it('what a node asked again by itself, before it heard the refusal, is no new request', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const id = await byRequest(owner)
    const ada = await start(place, 'ada')
    await waits(place, owner, id, ada)
    owner.network.online = false
    const asked = ada.network.published.length
    await place.clock.advance(21_000)
    await until(() => ada.network.published.length > asked, place, ada)
    await place.clock.advance(5000)
    await owner.communities.refuse(id, [person('ada').id])
    owner.network.online = true
    await owner.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })
    await settle(place, owner, ada)
    expect((await owner.communities.requests(id, ask)).pending).toBe(0)
    expect(state(ada, id)).toBe('refused')
  })

  it('a request that was taken back is withdrawn, and can be made anew', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const id = await byRequest(owner)
    const ada = await start(place, 'ada')
    await waits(place, owner, id, ada)
    await ada.communities.leave(id)
    await settle(place, owner, ada)
    expect((await owner.communities.requests(id, ask)).pending).toBe(0)
    await expect(owner.communities.accept(id, [person('ada').id])).rejects.toMatchObject({ code: 'no-request' })
    await ada.communities.join(id)
    await settle(place, owner, ada)
    expect((await owner.communities.requests(id, ask)).pending).toBe(1)
  })

  it('a member may ask again and is answered; who is banned is not heard', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const id = await byRequest(owner)
    const [ada, mallory] = [await start(place, 'ada'), await start(place, 'mallory')]
    await owner.communities.addMembers(id, [person('ada').id])
    await owner.communities.ban(id, [person('mallory').id])
    await settle(place, owner)
    await waits(place, owner, id, mallory)
    expect((await owner.communities.requests(id, ask)).pending).toBe(0)
    expect(state(mallory, id)).toBe('requested')
    await ada.communities.join(id)
    await until(() => joined(ada, id), place, owner, ada)
    await owner.communities.unban(id, [person('mallory').id])
    await place.clock.advance(21_000)
    await settle(place, owner, mallory)
    expect((await owner.communities.requests(id, ask)).pending).toBe(1)
  })

  it('only its owner sees requests and answers them', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    const ada = await start(place, 'ada')
    await ada.communities.join(id)
    await until(() => joined(ada, id), place, owner, ada)
    for (const attempt of [
      ada.communities.requests(id, ask),
      ada.communities.accept(id, [person('bob').id]),
      ada.communities.refuse(id, [person('bob').id]),
      ada.communities.removeMembers(id, [person('owner').id]),
      ada.communities.ban(id, [person('owner').id]),
      ada.communities.edit(id, { name: 'Mine' }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'not-owner' })
    }
  })
})

describe('a member who is put out', () => {
  it('is told, stops hearing what is said, and is a former member; the rest stay', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await create(owner)
    const [ada, bob] = [await start(place, 'ada'), await start(place, 'bob')]
    await waits(place, owner, id, ada, bob)
    await until(() => joined(ada, id) && joined(bob, id), place, owner, ada, bob)
    await owner.communities.removeMembers(id, [person('ada').id])
    await until(() => state(ada, id) === 'removed', place, owner, ada, bob)
    expect(ada.events.removed).toEqual([{ communityId: id }])
    expect(state(bob, id)).toBe('joined')
    expect(owner.communities.standing(id, person('ada').id)).toBe('former')
    expect(await owner.communities.members(id, { standing: 'former', limit: 10 })).toMatchObject({ total: 1 })
    const general = channels[0]?.chatId
    if (general === undefined) throw new Error('no channel')
    await bob.posting.post({ chatId: general, text: 'among ourselves' })
    await settle(place, owner, ada, bob)
    expect((await ada.store.messages.page({ chatId: general, limit: 10 })).messages).toEqual([])
    // Where everybody is let in, asking again is enough.
    await ada.communities.join(id)
    await until(() => joined(ada, id), place, owner, ada)
  })

  it('the owner is never put out, not even with others, and nothing is half done', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await create(owner)
    await owner.communities.addMembers(id, [person('ada').id])
    const both = [person('ada').id, person('owner').id]
    await expect(owner.communities.removeMembers(id, both)).rejects.toMatchObject({ code: 'owner-stays' })
    await expect(owner.communities.ban(id, both)).rejects.toMatchObject({ code: 'owner-stays' })
    await expect(owner.communities.setAdmin(id, person('owner').id, false)).rejects.toMatchObject({
      code: 'owner-stays',
    })
    expect(owner.communities.get(id).members).toBe(2)
  })
})
