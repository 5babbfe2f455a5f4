import { describe, expect, it } from 'vitest'
import type { Control } from '../../../src/main/messages/index.ts'
import type { WakuRecord } from '../../../src/main/waku/network.ts'
import {
  contactDiscoveryChatId,
  encodeArchiveLink,
  encodeRequestToJoinResponse,
  hexToBytes,
  magnetlinksChatId,
  ratchetKeyId,
  sealRatchet,
  sealSymmetric,
  symmetricKey,
} from '../../../src/main/wire/index.ts'
import type { CommunityId } from '../../../src/shared/domain.ts'
import { communityId, communityKey, general } from '../../support/people.ts'
import {
  ada,
  announcement,
  content,
  keyOf,
  LINK,
  listening,
  one,
  other,
  otherId,
  random,
  said,
  setUp,
  signed,
  toRecords,
  universal,
} from './inbox-support.ts'

describe('the inbox', () => {
  it('opens, judges and stores what arrives, with the raw record as the owner archives it', async () => {
    const { inbox, ingested, events } = setUp()
    await inbox.listen(listening())
    const sealed = await said('hello')
    inbox.receive(one(sealed))
    await inbox.idle()
    expect(ingested).toEqual([
      {
        source: 'live',
        record: expect.objectContaining({
          communityId,
          messageId: sealed.id,
          timestamp: 1_700_000_000,
          sig: ada.publicKey,
          topic: sealed.parts[0]?.record.topic,
          payload: sealed.parts[0]?.record.payload,
          padding: sealed.parts[0]?.record.padding,
          hash: sealed.parts[0]?.record.hash,
          archivable: true,
        }),
        effect: expect.objectContaining({ kind: 'chat', text: 'hello', author: ada.id, standing: 'member' }),
      },
    ])
    expect(events).toEqual([{ communityId, chatIds: [general], fresh: 1 }])
  })

  it('waits a moment for company, and takes many at once', async () => {
    const { inbox, clock, batches } = setUp()
    await inbox.listen(listening())
    for (let i = 0; i < 450; i++) inbox.receive(one(await said(`message ${i}`)))
    await inbox.idle()
    expect(batches).toEqual([200, 200, 50])
    inbox.receive(one(await said('alone')))
    expect(clock.nextIn).toBe(20)
    await clock.advance(20)
    await inbox.idle()
    expect(batches).toEqual([200, 200, 50, 1])
    expect(clock.pending).toBe(0)
  })

  it('looks once at what comes live and from the store', async () => {
    const { inbox, ingested } = setUp()
    await inbox.listen(listening())
    const sealed = await said('hello')
    for (const origin of ['live', 'store', 'live'] as const) {
      inbox.receive(one(sealed, origin))
      await inbox.idle()
    }
    expect(ingested).toHaveLength(1)
  })

  it('counts what it cannot open, what is not for it, and what is wrong, each by its name', async () => {
    const { inbox, counts, ingested } = setUp()
    await inbox.listen(listening())
    const good = one(await said('hello'))
    const damaged = { ...good, payload: good.payload.slice(0, -1), hash: random(32) }
    const empty = sealSymmetric({
      data: new Uint8Array(),
      key: await keyOf(universal),
      nonce: random(12),
      padding: random,
    })
    inbox.receive(damaged)
    inbox.receive({ ...good, contentTopic: '/waku/1/0x01020304/rfc26' as WakuRecord['contentTopic'], hash: random(32) })
    inbox.receive({ ...good, payload: empty, hash: random(32) })
    inbox.receive({ ...good, timestamp: -1n as WakuRecord['timestamp'], hash: random(32) })
    inbox.receive(one(await announcement(5, ada.key)))
    await inbox.idle()
    expect(Object.fromEntries(counts)).toEqual({
      'ours undecryptable': 1,
      '- not-for-us': 1,
      'ours empty-payload': 1,
      'ours bad-timestamp': 1,
      'ours wrong-signer': 1,
    })
    expect(ingested).toEqual([])
  })

  it('takes what came before the community was listened to when it comes again', async () => {
    const { inbox, ingested } = setUp()
    const record = one(await said('early'))
    inbox.receive(record)
    await inbox.idle()
    expect(ingested).toEqual([])
    await inbox.listen(listening())
    inbox.receive({ ...record, origin: 'store' })
    await inbox.idle()
    expect(ingested).toHaveLength(1)
    await inbox.forget(communityId)
    expect(inbox.topics()).toEqual([])
  })

  it('keeps raw records only of topics that are archived, and no announcement makes an archive by itself (R2.1)', async () => {
    const { inbox, ingested } = setUp()
    await inbox.listen(listening())
    inbox.receive(one(await announcement(5)))
    const chatId = magnetlinksChatId(communityId)
    const to = { pubsubTopic: content, chatId, key: await keyOf(chatId) }
    inbox.receive(one(await signed({ type: 43, payload: encodeArchiveLink({ clock: 6, archiveLink: LINK }), to })))
    await inbox.idle()
    expect(ingested).toEqual([{ record: expect.objectContaining({ archivable: false }), effect: null, source: 'live' }])
    await inbox.listen(listening({ keepRaw: false }))
    inbox.receive(one(await announcement(7)))
    inbox.receive(one(await said('hello')))
    await inbox.idle()
    expect(ingested).toHaveLength(2)
    expect(ingested[1]?.record).toBeNull()
  })

  it('hands control messages to everyone who registered, in order; one that fails is counted and comes again', async () => {
    const { inbox, counts, failed } = setUp()
    await inbox.listen(listening())
    const heard: string[] = []
    let broken = true
    inbox.register('archive-link', (control: Control<'archive-link'>) => {
      heard.push(`first ${control.message.clock} ${control.message.link === LINK}`)
      if (broken) throw new Error('not now')
    })
    inbox.register('archive-link', async ({ message }) => {
      await Promise.resolve()
      heard.push(`second ${message.clock}`)
    })
    const link = one(await announcement(5))
    inbox.receive(link)
    await inbox.idle()
    expect(heard).toEqual(['first 5 true', 'second 5'])
    expect(counts.get('ours handler-failed')).toBe(1)
    expect(failed).toHaveLength(1)
    broken = false
    inbox.receive({ ...link, origin: 'store' })
    inbox.receive({ ...link, origin: 'store' })
    await inbox.idle()
    expect(heard).toEqual(['first 5 true', 'second 5', 'first 5 true', 'second 5'])
  })

  it('hands over a control message only after what came before it is stored', async () => {
    const { inbox, ingested } = setUp()
    await inbox.listen(listening())
    const seen: number[] = []
    inbox.register('archive-link', () => {
      seen.push(ingested.filter(({ effect }) => effect !== null).length)
    })
    inbox.receive(one(await said('before')))
    inbox.receive(one(await announcement(5)))
    await inbox.idle()
    expect(seen).toEqual([1])
  })

  it('a message to a person reaches the community that sent it', async () => {
    const { inbox, counts } = setUp()
    const contact = contactDiscoveryChatId(ada.publicKey)
    const chats = [{ chatId: contact, archived: false, privateKey: ada.key }]
    await inbox.listen(listening())
    await inbox.listen(listening({ communityId: otherId, chats }))
    const heard: CommunityId[] = []
    inbox.register('request-to-join-response', (control) => {
      heard.push(control.communityId)
    })
    for (const [id, key] of [
      [communityId, communityKey],
      [otherId, other.key],
    ] as const) {
      const payload = encodeRequestToJoinResponse({ clock: 1, accepted: true, communityId: hexToBytes(id) })
      const to = { pubsubTopic: content, chatId: contact, recipient: ada.publicKey }
      inbox.receive(one(await signed({ type: 48, payload, author: key, to, envelope: 'bare' })))
      const stranger = { ...to, recipient: other.publicKey }
      inbox.receive(one(await signed({ type: 48, payload, author: key, to: stranger, envelope: 'bare' })))
    }
    await inbox.idle()
    expect(heard).toEqual([communityId, otherId])
    expect(Object.fromEntries(counts)).toEqual({ '- not-for-us': 2 })
  })

  it('puts segments together in any order, keeps each for the archives, and has the effect once', async () => {
    const { inbox, ingested, counts } = setUp()
    await inbox.listen(listening())
    const sealed = await said('x'.repeat(1_600_000))
    const records = toRecords(sealed)
    expect(records).toHaveLength(3)
    for (const record of [records[2], records[0], records[0], records[1]]) if (record) inbox.receive(record)
    await inbox.idle()
    expect(ingested.filter(({ record }) => record !== null).map(({ record }) => record?.messageId)).toEqual([
      null,
      null,
      null,
    ])
    expect(ingested.flatMap(({ effect }) => effect?.id ?? [])).toEqual([sealed.id])
    const again = records[0]
    if (again) inbox.receive({ ...again, hash: random(32), origin: 'store' })
    await inbox.idle()
    expect(ingested.flatMap(({ effect }) => effect?.id ?? [])).toEqual([sealed.id])
    expect([...counts]).toEqual([])
  })

  it('keeps what it cannot read yet, and reads it when the group key comes', async () => {
    const { inbox, ingested } = setUp()
    await inbox.listen(listening())
    const groupId = hexToBytes(communityId)
    const groupKey = { key: random(32), timestamp: 5 }
    const { message } = await said('secret')
    const data = sealRatchet({ groupId, groupKey, seqNo: 1, nonce: random(12), plaintext: message, installationId: '' })
    const payload = sealSymmetric({ data, key: symmetricKey(universal), nonce: random(12), padding: random })
    inbox.receive({ ...one(await said('envelope')), payload, hash: random(32) })
    await inbox.idle()
    expect(ingested).toEqual([{ record: expect.objectContaining({ messageId: null }), effect: null, source: 'live' }])
    await inbox.listen(listening({ groupKeys: [{ keyId: ratchetKeyId(groupId, groupKey), key: groupKey.key }] }))
    await inbox.idle()
    expect(ingested[1]?.effect).toMatchObject({ text: 'secret' })
  })

  it('loses nothing when the store refuses for a while', async () => {
    const { inbox, clock, ingested, failures, failed } = setUp()
    await inbox.listen(listening())
    failures.push(new Error('disk full'), new Error('disk full'))
    inbox.receive(one(await said('hello')))
    const idle = inbox.idle()
    for (let i = 0; i < 4; i++) await clock.advance(1000)
    await idle
    expect(ingested).toHaveLength(1)
    expect(failed.map(({ what }) => what)).toEqual(['ingest', 'ingest'])
  })

  it('gives up only the record that the store will never take', async () => {
    const { inbox, ingested, counts } = setUp()
    await inbox.listen(listening())
    for (const text of ['before', 'poison', 'after']) inbox.receive(one(await said(text)))
    await inbox.idle()
    expect(ingested.map(({ effect }) => (effect?.kind === 'chat' ? effect.text : ''))).toEqual(['before', 'after'])
    expect(counts.get('ours refused-by-store')).toBe(1)
  })

  it('goes on when a segment cannot be kept, and takes it when it comes again', async () => {
    const { inbox, ingested, failed, segmentFailures } = setUp()
    await inbox.listen(listening())
    const sealed = await said('x'.repeat(800_000))
    const [first, second] = toRecords(sealed)
    if (first === undefined || second === undefined) throw new Error('no segments')
    segmentFailures.push(new Error('disk full'))
    for (const record of [first, second, one(await said('after'))]) inbox.receive(record)
    await inbox.idle()
    expect(failed.map(({ what }) => what)).toEqual(['record'])
    expect(ingested.flatMap(({ effect }) => effect?.id ?? [])).toHaveLength(1)
    inbox.receive({ ...first, origin: 'store' })
    await inbox.idle()
    expect(ingested.flatMap(({ effect }) => effect?.id ?? [])).toContain(sealed.id)
  })

  it('drops and counts live messages when far too many wait, and lets readers of history wait instead', async () => {
    const { inbox, counts, clock } = setUp()
    await inbox.listen(listening())
    const record = { ...one(await said('hello')), payload: new Uint8Array(60) }
    let taken = 0
    for (let i = 0; i < 21_000; i++) if (inbox.receive({ ...record, hash: random(32) })) taken += 1
    expect(taken).toBeLessThanOrEqual(20_200)
    let roomy = false
    const room = inbox.room().then(() => {
      roomy = true
    })
    await Promise.resolve()
    expect(roomy).toBe(false)
    await Promise.all([room, inbox.close()])
    expect(Object.fromEntries(counts)).toEqual({ 'ours undecryptable': taken, '- overflow': 21_000 - taken })
    expect(inbox.receive(record)).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('keeps no more than some megabytes waiting, however large what strangers send', async () => {
    const { inbox, counts } = setUp()
    await inbox.listen(listening())
    const record = { ...one(await said('hello')), payload: new Uint8Array(1024 * 1024) }
    let taken = 0
    for (let i = 0; i < 200; i++) if (inbox.receive({ ...record, hash: random(32) })) taken += 1
    expect(taken).toBe(64)
    await inbox.idle()
    expect(Object.fromEntries(counts)).toEqual({ 'ours undecryptable': taken, '- overflow': 200 - taken })
    expect(inbox.receive({ ...record, hash: random(32) })).toBe(true)
    await inbox.close()
  })
})
