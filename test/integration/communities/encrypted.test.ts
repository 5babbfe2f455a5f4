/** RULES.md R6.1, R6.2; PROTOCOL.md §3.8, §3.10: group keys made, given to members, changed when somebody leaves. */
import { describe, expect, it } from 'vitest'
import { chainOf, createKeyTable, nanosOf, sealSigned } from '../../../src/main/messages/index.ts'
import {
  decodeCommunityDescription,
  hexToBytes,
  openApplicationMessage,
  openGroupKey,
  openSymmetric,
  publicKey,
  pubsubTopic,
  sealGroupKey,
  unwrap,
} from '../../../src/main/wire/index.ts'
import type { ChatId, CommunityId, Millis } from '../../../src/shared/domain.ts'
import { person } from '../../support/people.ts'
import { newFolder, type Place, type SmallNode, settle, until } from '../../support/small-node.ts'
import { joined, newPlace, random, start, stop, text } from './support.ts'

const keyOf = createKeyTable()

const createEncrypted = (owner: SmallNode) =>
  owner.communities.create({ ...text, channels: [{ name: 'general' }], encrypted: true })

const keysOf = (node: SmallNode, id: CommunityId) => node.communities.interpretContext(id, 'live').groupKeys

async function texts(node: SmallNode, chatId: ChatId): Promise<string[]> {
  const { messages } = await node.store.messages.page({ chatId, limit: 100 })
  return messages.map((message) => message.text).sort()
}

const say = async (place: Place, node: SmallNode, chatId: ChatId, said: string, ...others: SmallNode[]) => {
  await node.posting.post({ chatId, text: said })
  await place.clock.advance(5)
  await settle(place, node, ...others)
}

/** What of the published descriptions anybody can read. */
async function published(owner: SmallNode, id: CommunityId) {
  const row = await owner.store.communities.get(id)
  if (row?.description == null) throw new Error('no description')
  return decodeCommunityDescription(openApplicationMessage(row.description).payload)
}

describe('R6.1 an encrypted community', () => {
  it('shows everybody its name, and its members and channels to members alone', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const community = await createEncrypted(owner)
    expect(community).toMatchObject({ encrypted: true, members: 1, channels: [{ name: 'general' }] })
    const seen = await published(owner, community.id)
    expect(seen.identity?.displayName).toBe('Lighthouse')
    expect([seen.members.size, seen.chats.size, seen.activeMembersCount, seen.earlierKeys.length]).toEqual([0, 0, 0, 0])
    expect([...seen.privateData.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}1$/)])
    expect([...seen.tokenPermissions.values()]).toMatchObject([{ type: 2, tokenCriteria: [], chatIds: [] }])
    const member = await start(place, 'member')
    await member.communities.join(community.id)
    await until(() => joined(member, community.id), place, owner, member)
    expect(member.communities.get(community.id)).toMatchObject({
      encrypted: true,
      members: 2,
      channels: community.channels,
    })
    expect(keysOf(member, community.id)).toHaveLength(1)
    // A member more is no reason for another key.
    expect(keysOf(owner, community.id)).toHaveLength(1)
  })

  it('what is said in it is read by members, and is nothing to others who listen', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    const chatId = channels[0]?.chatId ?? ('' as ChatId)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    await say(place, owner, chatId, 'welcome', member)
    await say(place, member, chatId, 'thanks', owner)
    expect(await texts(owner, chatId)).toEqual(['thanks', 'welcome'])
    expect(await texts(member, chatId)).toEqual(['thanks', 'welcome'])
    for (const { payload } of place.network.stored) {
      const opened = await openedBySymmetricKeys(payload, [id, `${id}-memberUpdate`])
      if (opened !== null) expect(Buffer.from(opened).includes('thanks')).toBe(false)
    }
  })

  it('never uses a number twice, also after it ended without a word', async () => {
    const place = newPlace()
    const folder = newFolder()
    const owner = await start(place, 'owner', folder)
    const { id } = await createEncrypted(owner)
    const numbers: number[] = []
    for (let n = 0; n < 40; n++) numbers.push((await owner.communities.nextStep(id))?.seqNo ?? 0)
    await stop(owner)
    const again = await start(place, 'owner', folder)
    numbers.push((await again.communities.nextStep(id))?.seqNo ?? 0)
    const many = await Promise.all(Array.from({ length: 70 }, () => again.communities.nextStep(id)))
    numbers.push(...many.map((step) => step?.seqNo ?? 0))
    // 1 is the description's.
    expect(Math.min(...numbers)).toBe(2)
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  it('a newcomer is given every key there is, also those from before somebody left', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    const chatId = channels[0]?.chatId ?? ('' as ChatId)
    await say(place, owner, chatId, 'under the first key')
    await owner.communities.addMembers(id, [person('passer-by').id])
    const passer = await start(place, 'passer-by')
    await passer.communities.join(id)
    await until(() => joined(passer, id), place, owner, passer)
    await passer.communities.leave(id)
    await until(() => owner.communities.get(id).members === 1, place, owner, passer)
    await say(place, owner, chatId, 'under the second')
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    expect(keysOf(member, id).map(({ keyId }) => keyId)).toEqual(keysOf(owner, id).map(({ keyId }) => keyId))
    expect(keysOf(member, id)).toHaveLength(2)
    await member.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })
    await settle(place, owner, member)
    expect(await texts(member, chatId)).toEqual(['under the first key', 'under the second'])
  })
})

describe('R7.1 logging out', () => {
  it('zeroes every group key and what was computed from it', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await createEncrypted(owner)
    const step = await owner.communities.nextStep(id)
    const [held] = keysOf(owner, id)
    if (held === undefined || step === null) throw new Error('no key')
    const chain = chainOf(held)
    expect(chain.keyOf(step.seqNo)).toEqual(step.messageKey)
    await stop(owner)
    expect(held.key).toEqual(new Uint8Array(32))
    expect(chain.keyOf(step.seqNo)).not.toEqual(step.messageKey)
    expect(chain.keyOf(0)).toEqual(new Uint8Array(32))
  })
})

describe('R6.2 who is no longer a member', () => {
  it('does not get the next key, and cannot read what is said under it; who stays can', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    const chatId = channels[0]?.chatId ?? ('' as ChatId)
    const stays = await start(place, 'stays')
    const goes = await start(place, 'goes')
    for (const node of [stays, goes]) {
      await node.communities.join(id)
      await until(() => joined(node, id), place, owner, stays, goes)
    }
    await say(place, owner, chatId, 'for all', stays, goes)
    const leaverKeys = keysOf(goes, id).map(({ key, keyId }) => ({ key: key.slice(), keyId }))
    await goes.communities.leave(id)
    await until(() => owner.communities.get(id).members === 2, place, owner, stays, goes)
    await until(() => keysOf(stays, id).length === 2, place, owner, stays)
    await say(place, stays, chatId, 'for those who stay', owner)
    expect(await texts(owner, chatId)).toEqual(['for all', 'for those who stay'])
    expect(await texts(stays, chatId)).toEqual(['for all', 'for those who stay'])
    expect(await texts(goes, chatId)).toEqual(['for all'])
    expect(leaverKeys).toHaveLength(1)
    expect(stays.communities.standing(id, person('goes').id)).toBe('former')
  })
})

describe('R6.2 a member who is removed', () => {
  it('learns it from the kick, though newer descriptions came that it cannot read', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await createEncrypted(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    member.network.online = false
    const before = place.network.stored.length
    await owner.communities.removeMembers(id, [person('member').id])
    await settle(place, owner)
    await place.clock.advance(1000)
    await owner.communities.addChannel(id, { name: 'later' })
    await settle(place, owner)
    member.network.online = true
    // The newest first: the kick is the oldest.
    for (const record of place.network.stored.slice(before).reverse()) {
      member.inbox.receive({ ...record, origin: 'store' })
      await member.inbox.idle()
    }
    await until(() => member.events.removed.length === 1, place, member)
    expect(keysOf(member, id)).toHaveLength(1)
    expect(joined(member, id)).toBe(false)
    // Asking again is asking: what was read long ago lets nobody in.
    owner.network.online = false
    await member.communities.join(id)
    await settle(place, member)
    expect(joined(member, id)).toBe(false)
    owner.network.online = true
    await place.clock.advance(21_000)
    await until(() => joined(member, id), place, owner, member)
    expect(keysOf(member, id)).toHaveLength(2)
  })
})

describe('R1.3 an owner who has lost everything but phrase and key', () => {
  it('gets every group key from its own last description, and goes on', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    await owner.communities.addMembers(id, [person('member').id, person('other').id])
    await owner.communities.removeMembers(id, [person('other').id])
    await settle(place, owner)
    const row = await owner.store.communities.get(id)
    if (row === null) throw new Error('no community')
    await stop(owner)
    const folder = newFolder()
    const empty = await start(place, 'owner', folder)
    await empty.store.communities.add({ ...row, createdAt: place.clock.now() })
    await stop(empty)
    const again = await start(place, 'owner', folder)
    await again.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })
    await until(() => keysOf(again, id).length === 2, place, again)
    expect(again.communities.get(id)).toMatchObject({ members: 2, channels })
    await again.communities.addChannel(id, { name: 'later' })
    expect(again.communities.get(id).members).toBe(2)
  })
})

describe('§3.10 a description that cannot be read yet', () => {
  it('takes nothing away: membership, members and channels stay, also after a restart, until the key comes', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    const folder = newFolder()
    const member = await start(place, 'member', folder)
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    // Somebody leaves, and the description with the new key reaches the member without its envelope.
    await owner.communities.addMembers(id, [person('other').id])
    await settle(place, owner, member)
    member.network.online = false
    const other = await start(place, 'other')
    await other.communities.join(id)
    await until(() => joined(other, id), place, owner, other)
    await other.communities.leave(id)
    await until(() => owner.communities.get(id).members === 2, place, owner, other)
    const kept = place.network.stored.splice(0)
    member.network.online = true
    const row = await owner.store.communities.get(id)
    await send(place, id, row?.description ?? new Uint8Array(), person('owner').key, 'bare')
    await settle(place, member)
    const seen = { encrypted: true, members: 3, channels, state: 'joined' }
    expect(member.communities.get(id)).toMatchObject(seen)
    expect(keysOf(member, id)).toHaveLength(1)
    await stop(member)
    const again = await start(place, 'member', folder)
    expect(again.communities.get(id)).toMatchObject(seen)
    expect(again.events.removed).toEqual([])
    place.network.stored.push(...kept)
    await again.intake.catchUp({ from: 0 as Millis, to: place.clock.now() })
    await until(() => again.communities.get(id).members === 2, place, again)
    expect(keysOf(again, id)).toHaveLength(2)
    expect(again.communities.standing(id, person('other').id)).toBe('former')
  })

  it('a message under a key that is not here waits; the member asks for the key, and reads it', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id, channels } = await createEncrypted(owner)
    const chatId = channels[0]?.chatId ?? ('' as ChatId)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const before = place.network.stored.length
    member.network.online = false
    const other = await start(place, 'other')
    await other.communities.join(id)
    await until(() => joined(other, id), place, owner, other)
    await other.communities.leave(id)
    await until(() => owner.communities.get(id).members === 2, place, owner, other)
    // The description that brought the new key is lost.
    place.network.stored.splice(before)
    member.network.online = true
    const asked = member.network.published.length
    await owner.posting.post({ chatId, text: 'early' })
    await owner.flush()
    await until(() => keysOf(member, id).length === 2, place, owner, member)
    await settle(place, owner, member)
    expect(await texts(member, chatId)).toEqual(['early'])
    // Once, wherever an owner may listen.
    expect(member.network.published).toHaveLength(asked + 2)
  })
})

describe('R6.1 a key that the community does not vouch for', () => {
  it('is not believed, though the description beside it is genuine', async () => {
    const place = newPlace()
    const owner = await start(place, 'owner')
    const { id } = await createEncrypted(owner)
    const member = await start(place, 'member')
    await member.communities.join(id)
    await until(() => joined(member, id), place, owner, member)
    const row = await owner.store.communities.get(id)
    const stranger = person('stranger')
    const forged = random(32)
    const sealed = sealGroupKey({
      groupKey: forged,
      sender: stranger.key,
      member: person('member').publicKey,
      nonce: random(12),
    })
    const rekeyGroup = { timestamp: place.clock.now() + 1000, keys: new Map([[sealed.mapKey, sealed.blob]]) }
    const me = { private: person('member').key, public: person('member').publicKey }
    expect(openGroupKey(rekeyGroup, me, publicKey(stranger.key))).not.toBeNull()
    const wrapped = { groupId: hexToBytes(id), rekeyGroup, keys: [{ key: forged, timestamp: 5, deprecatedKeyId: 5 }] }
    const known = keysOf(member, id).length
    await send(place, id, row?.description ?? new Uint8Array(), stranger.key, wrapped)
    await settle(place, member)
    expect(keysOf(member, id)).toHaveLength(known)
    // The same from the owner's device is.
    await send(place, id, row?.description ?? new Uint8Array(), person('owner').key, {
      ...wrapped,
      rekeyGroup: { timestamp: 0, keys: new Map() },
    })
    await until(() => keysOf(member, id).length === known + 1, place, member)
  })
})

async function send(
  place: Place,
  id: CommunityId,
  message: Uint8Array,
  sender: Uint8Array,
  envelope: Parameters<typeof sealSigned>[1]['envelope'],
) {
  const to = { pubsubTopic: pubsubTopic(16, 32), chatId: id, key: await keyOf(id) }
  const sentAt = nanosOf(place.clock.now())
  const author = person('anybody').key
  const sealed = sealSigned(message, { author, sender, to, envelope, installationId: '', sentAt, random })
  for (const part of sealed.parts) place.network.accept(part.sealed)
}

async function openedBySymmetricKeys(payload: Uint8Array, chatIds: readonly string[]) {
  for (const chatId of chatIds) {
    try {
      const { data } = openSymmetric(payload, await keyOf(chatId))
      const layer = unwrap(data)
      return layer.kind === 'application' ? layer.bytes : data
    } catch {}
  }
  return null
}
