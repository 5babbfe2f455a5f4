import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type InterpretContext,
  interpret,
  interpretWhole,
  sealChat,
  sealDelete,
  sealEdit,
  sealPin,
  sealReaction,
  walkTo,
} from '../../../src/main/messages/index.ts'
import {
  ApplicationType,
  asSegment,
  chatId,
  communityIdOf,
  contactIdOf,
  encodeApplicationMessage,
  encodeRatchet,
  encodeReaction,
  encodeSds,
  hexToBytes,
  openApplicationMessage,
  openProtocol,
  ratchetKeyId,
  reassemble,
  sealRatchet,
} from '../../../src/main/wire/index.ts'
import { communityId, communityKey, general, seededRandom } from '../../support/people.ts'

import {
  ada,
  chat,
  common,
  context,
  effectOf,
  judge,
  NOW,
  owner,
  reasonOf,
  recordOf,
  signed,
  stranger,
  TARGET,
} from './interpret-support.ts'

describe('interpret', () => {
  it('gives a chat message its author, its id and its standing, wherever it comes from', () => {
    const message = signed(ApplicationType.CHAT_MESSAGE, chat())
    const { id } = openApplicationMessage(message)
    for (const origin of ['live', 'store', 'own', 'archive'] as const) {
      const result = judge(message, {}, context(origin))
      expect(effectOf(result)).toMatchObject({
        kind: 'chat',
        id,
        communityId,
        chatId: general,
        author: ada.id,
        text: 'hello',
        standing: 'member',
        responseTo: null,
      })
      expect(result).toMatchObject({ item: { source: origin, record: { messageId: id, archivable: true } } })
    }
  })

  it('keeps no raw record where nobody archives', () => {
    const result = judge(signed(1, chat()), {}, context('live', { keepRaw: false }))
    expect(result).toMatchObject({ kind: 'item', item: { record: null } })
  })

  it('§13.9 R4.5 marks members, former members, banned people and strangers, and keeps them all', () => {
    const message = signed(1, chat())
    const standing = (more: Partial<InterpretContext>) => {
      const effect = effectOf(judge(message, {}, context('archive', { members: new Set(), ...more })))
      return effect?.kind === 'chat' ? effect.standing : null
    }
    expect(standing({ members: new Set([ada.id]) })).toBe('member')
    expect(standing({ former: new Set([ada.id]) })).toBe('former')
    expect(standing({ members: new Set([ada.id]), banned: new Set([ada.id]) })).toBe('banned')
    expect(standing({})).toBe('unknown')
  })

  it('§13.1 R4.2 refuses a message without a signature, whoever sent its envelope', () => {
    const unsigned = Uint8Array.from([0x12, ...withLength(chat()), 0x18, 1])
    expect(reasonOf(judge(unsigned, { sig: ada.publicKey }))).toBe('missing-signature')
  })

  it('refuses a broken signature', () => {
    const message = signed(1, chat())
    message[2 + 64] = 9
    expect(reasonOf(judge(message))).toBe('bad-signature')
  })

  it('R4.3 no signed message has an effect as another type, beyond showing up as what it is', () => {
    const sealed = {
      1: sealChat({ ...common, text: 'hello', timestamp: NOW, responseTo: TARGET, displayName: 'ada the first' }),
      29: sealEdit({ ...common, target: TARGET, text: 'changed' }),
      31: sealDelete({ ...common, target: TARGET }),
      28: sealPin({ ...common, author: owner.key, target: TARGET, pinned: true }),
      22: sealReaction({ ...common, target: TARGET, emoji: '👍', retracted: false }),
    }
    const payloads = new Map<string, { type: number; message: Uint8Array }>(
      Object.entries(sealed).map(([type, { message }]) => [type, { type: Number(type), message }]),
    )
    const unpin = sealPin({ ...common, author: owner.key, target: TARGET, pinned: false })
    payloads.set('unpin', { type: 28, message: unpin.message })
    const bare = encodeApplicationMessage({ type: 22, payload: reactionOfOldClients() }, ada.key)
    payloads.set('old reaction', { type: 22, message: bare })
    const everyType = Object.values(ApplicationType)
    for (const [name, { type, message }] of payloads) {
      const opened = openApplicationMessage(message)
      for (const other of everyType) {
        if (other === type) continue
        // The signature covers the payload alone: anyone can put another type around it.
        const relabelled = relabel(opened, other)
        for (const where of [context('live'), context('archive')]) {
          const result = judge(relabelled, {}, where)
          const outcome = result.kind === 'item' ? (result.item.effect?.kind ?? 'no effect') : result.kind
          expect([`${name} as ${other}`, outcome]).toEqual([
            `${name} as ${other}`,
            expect.stringMatching(/^(refused|no effect)$/),
          ])
        }
      }
    }
  })

  it('R4.1 takes descriptions, links, requests and kicks only from the network', () => {
    const { amm } = vectorDescription()
    const id = vectorCommunity()
    const live = interpret({ ...recordOf(amm), payload: amm }, context('live', { communityId: id }))
    expect(live).toMatchObject({
      kind: 'control',
      control: { type: 'community-description', record: { archivable: false } },
    })
    for (const origin of ['archive', 'own'] as const) {
      const result = interpret({ ...recordOf(amm), payload: amm }, context(origin, { communityId: id }))
      expect(reasonOf(result)).toBe('type-not-allowed')
    }
  })

  it('R4.1 refuses a channel of another community', () => {
    const other = chatId(communityIdOf(stranger.publicKey), general.slice(68))
    expect(reasonOf(judge(signed(1, chat({ chatId: other }))))).toBe('wrong-community')
  })

  it('refuses what only the community may say from everybody else', () => {
    for (const type of [25, 43, 48, 81]) expect(reasonOf(judge(signed(type, chat())))).toBe('wrong-signer')
  })

  it.each([
    ['no clock', { clock: 0 }, 'invalid'],
    ['a clock 2 minutes and a bit ahead of the envelope', { clock: NOW + 120_001 }, 'bad-clock'],
    ['no time', { timestamp: 0 }, 'invalid'],
    ['no channel', { chatId: '' }, 'invalid'],
    ['a channel without a uuid', { chatId: `${communityId}-memberUpdate` }, 'invalid'],
    ['a one-to-one message', { messageType: 1 }, 'invalid'],
    ['no content type', { contentType: 0 }, 'invalid'],
    ['an image without a picture', { contentType: 7 }, 'invalid'],
    ['blank text', { text: ' \n ' }, 'bad-text'],
    ['a name that is too short', { displayName: 'ada' }, 'bad-display-name'],
    ['a name that reads backwards', { displayName: 'ada\u202Eada' }, 'bad-display-name'],
  ])('§1.5 refuses %s', (_, fields, reason) => {
    const message = signed(1, chat(fields))
    for (const origin of ['live', 'archive'] as const) {
      expect(reasonOf(judge(message, {}, context(origin)))).toBe(reason)
    }
  })

  it('§1.5 accepts a clock up to 2 minutes ahead, and any number of years behind', () => {
    for (const clock of [NOW + 120_000, 1]) expect(judge(signed(1, chat({ clock }))).kind).toBe('item')
  })

  it('pins only what a privileged person pins, or any member where all may; archives keep what was pinned', () => {
    const pin = sealPin({ ...common, target: TARGET, pinned: true }).message
    expect(reasonOf(judge(pin))).toBe('not-permitted')
    expect(judge(pin, {}, context('live', { membersMayPin: true })).kind).toBe('item')
    expect(judge(pin, {}, context('archive')).kind).toBe('item')
    const stray = sealPin({ ...common, author: stranger.key, target: TARGET, pinned: true }).message
    expect(reasonOf(judge(stray, {}, context('live', { membersMayPin: true })))).toBe('not-permitted')
    const owned = sealPin({ ...common, author: owner.key, target: TARGET, pinned: true }).message
    expect(judge(owned).kind).toBe('item')
  })

  it('deletes what others wrote only on the word of a privileged person', () => {
    const by = (author: Uint8Array) => effectOf(judge(sealDelete({ ...common, author, target: TARGET }).message))
    expect(by(ada.key)).toMatchObject({ kind: 'delete', privileged: false })
    expect(by(owner.key)).toMatchObject({ kind: 'delete', privileged: true })
  })

  it('R4.4 takes an imported message under its own id when the community signed it', () => {
    const payload = chat({
      text: '',
      contentType: 12,
      discordMessage: { content: 'from elsewhere', author: { name: 'Zoe' } },
    })
    const message = signed(1, payload, communityKey)
    const result = judge(message, { thirdPartyId: '1234567890' }, context('archive'))
    expect(effectOf(result)).toMatchObject({
      id: `${communityId}1234567890`,
      text: 'from elsewhere',
      displayName: 'Zoe',
      standing: 'member',
    })
    const prefixed = judge(message, { thirdPartyId: `${communityId}1234567890` }, context('archive'))
    expect(effectOf(prefixed)).toMatchObject({ id: `${communityId}1234567890` })
    const reply = judge(signed(1, chat({ responseTo: '1234567890' })))
    expect(effectOf(reply)).toMatchObject({ responseTo: `${communityId}1234567890` })
  })

  it('R4.4 says who spoke elsewhere, and when it was last changed there, only if the community signed', () => {
    const author = { id: '42', name: 'zoe', nickname: 'Zoe', avatarUrl: 'https://example.org/zoe.png' }
    const discordMessage = { content: 'from elsewhere', timestampEdited: '1700000000', author }
    const payload = chat({ text: '', contentType: 12, discordMessage })
    expect(effectOf(judge(signed(1, payload, communityKey)))).toMatchObject({
      displayName: 'Zoe',
      editedAt: 1_700_000_000_000,
      origin: { kind: 'discord', authorId: '42', avatarUrl: 'https://example.org/zoe.png' },
    })
    expect(effectOf(judge(signed(1, payload)))).toMatchObject({ displayName: '', editedAt: null, origin: null })
    expect(effectOf(judge(signed(1, chat())))).toMatchObject({ editedAt: null, origin: null })
    const bridgeMessage = { content: 'x', userName: 'Max', userId: '7', userAvatar: '' }
    const bridged = judge(signed(1, chat({ text: '', contentType: 18, bridgeMessage })))
    expect(effectOf(bridged)).toMatchObject({ origin: { kind: 'bridge', authorId: '7', avatarUrl: '' } })
  })

  it('R4.4 refuses an imported id that looks like a native one, and ignores one that the community did not sign', () => {
    const bySome = (author: Uint8Array, thirdPartyId: string) =>
      judge(signed(1, chat(), author), { thirdPartyId }, context('archive'))
    for (const id of [TARGET, TARGET.toUpperCase().replace('0X', '0x'), 'with space', 'x'.repeat(200), general]) {
      expect([id, reasonOf(bySome(communityKey, id))]).toEqual([id, 'bad-third-party-id'])
    }
    expect(effectOf(bySome(ada.key, TARGET))).toMatchObject({ id: openApplicationMessage(signed(1, chat())).id })
    const edit = sealEdit({ ...common, author: communityKey, target: TARGET, text: 'x' }).message
    expect(reasonOf(judge(edit, { thirdPartyId: '1' }, context('archive')))).toBe('type-not-allowed')
  })

  it('opens what the newest clients wrap for data sync, and what travels without an envelope', () => {
    const message = signed(1, chat())
    const wrapped = encodeSds({ messageId: 'x', lamportTimestamp: 1, channelId: communityId, content: message })
    expect(judge(wrapped).kind).toBe('item')
    expect(interpret({ ...recordOf(message), payload: message }, context('live')).kind).toBe('item')
  })

  it('reads encrypted messages with their group key, and waits without it', () => {
    const groupId = hexToBytes(communityId)
    const groupKey = { key: new Uint8Array(32).fill(3), timestamp: NOW }
    const message = signed(1, chat())
    const payload = sealRatchet({
      groupId,
      groupKey,
      seqNo: 2,
      nonce: new Uint8Array(12),
      plaintext: message,
      installationId: '',
    })
    const keyId = ratchetKeyId(groupId, groupKey)
    const record = { ...recordOf(message), payload }
    expect(interpret(record, context('live'))).toMatchObject({
      kind: 'waiting',
      keyId,
      item: { record: { messageId: null } },
    })
    expect(interpret(record, context('live', { groupKeys: [{ keyId, key: groupKey.key }] })).kind).toBe('item')
    const wrong = [{ keyId, key: new Uint8Array(32) }]
    expect(reasonOf(interpret(record, context('live', { groupKeys: wrong })))).toBe('bad-encryption')
  })

  it('R6.1 is not kept busy by a far number in a header: the way there is gone in short steps, and once', async () => {
    const groupId = hexToBytes(communityId)
    const groupKey = { key: new Uint8Array(32).fill(5), timestamp: NOW }
    const message = signed(1, chat())
    const recordAt = (seqNo: number) => {
      const nonce = new Uint8Array(12)
      const payload = sealRatchet({ groupId, groupKey, seqNo, nonce, plaintext: message, installationId: '' })
      return { ...recordOf(message), payload }
    }
    const keys = () => ({ groupKeys: [{ keyId: ratchetKeyId(groupId, groupKey), key: groupKey.key }] })
    const live = context('live', keys())
    const far = recordAt(60_000)
    const first = interpret(far, live)
    if (first.kind !== 'far') throw new Error(first.kind)
    await walkTo(first.chain, first.seqNo)
    expect(interpret(far, live).kind).toBe('item')
    for (const seqNo of [59_999, 31_000, 1]) expect(interpret(recordAt(seqNo), live).kind).toBe('item')
    // A thread that imports archives has nobody waiting for it.
    expect(interpret(far, context('archive', keys())).kind).toBe('item')
    const beyond = {
      deprecatedKeyId: 0,
      installationId: '',
      groupId,
      seqNo: 100_001,
      keyId: ratchetKeyId(groupId, groupKey),
    }
    const payload = encodeRatchet({ ...beyond, payload: new Uint8Array(60) })
    expect(reasonOf(interpret({ ...recordOf(message), payload }, live))).toBe('bad-encryption')
  })

  it('says of a segment that it is one, and reads the whole when it is put together', () => {
    const sealed = sealChat({ ...common, text: 'x'.repeat(800_000), timestamp: NOW })
    expect(sealed.parts).toHaveLength(2)
    const segments = sealed.parts.map(({ record }) => {
      const result = interpret(record, context('live'))
      expect(result).toMatchObject({ kind: 'segment', item: { record: { messageId: null }, effect: null } })
      const segment = asSegment(record.payload)
      if (segment === null) throw new Error('no segment')
      return segment
    })
    const last = sealed.parts[1]?.record
    if (last === undefined) throw new Error('no record')
    const whole = interpretWhole(reassemble(segments), last, context('live'))
    expect(whole).toMatchObject({ kind: 'item', item: { record: null, effect: { id: sealed.id } } })
  })

  it('a context and an interpretation survive the way to a worker thread and back', () => {
    const where = structuredClone(context('archive'))
    const result = judge(signed(1, chat()), {}, where)
    expect(structuredClone(result)).toEqual(result)
    expect(effectOf(result)).toMatchObject({ standing: 'member' })
  })

  it('never throws, whatever the bytes', () => {
    const random = seededRandom('noise')
    const good = recordOf(signed(1, chat())).payload
    for (let i = 0; i < 500; i++) {
      const noise = random(1 + (i % 90))
      expect(['refused', 'segment', 'waiting']).toContain(
        interpret({ ...recordOf(noise), payload: noise }, context('live')).kind,
      )
      const cut = good.slice(0, i % good.length)
      interpret({ ...recordOf(cut), payload: cut }, context('archive'))
      const flipped = good.slice()
      flipped[i % good.length] = (flipped[i % good.length] ?? 0) ^ (1 << (i % 8))
      interpret({ ...recordOf(flipped), payload: flipped }, context('archive'))
    }
  })

  it('a message that is sealed is, when opened, what was sealed', () => {
    const sealed = sealChat({ ...common, text: 'hello', timestamp: NOW, displayName: 'bob' })
    const record = sealed.parts[0]?.record
    if (record === undefined) throw new Error('no record')
    expect(openProtocol(record.payload).kind).toBe('public')
    expect(effectOf(interpret(record, context('own')))).toMatchObject({
      id: sealed.id,
      author: contactIdOf(ada.publicKey),
      displayName: '',
      timestamp: NOW,
    })
    expect(record.timestamp).toBe(NOW / 1000)
  })
})

function withLength(bytes: Uint8Array): number[] {
  if (bytes.length >= 128) return [(bytes.length & 0x7f) | 0x80, bytes.length >> 7, ...bytes]
  return [bytes.length, ...bytes]
}

/** The same signature and payload under another type. */
function relabel({ signature, payload }: { signature: Uint8Array; payload: Uint8Array }, type: number): Uint8Array {
  const label = type < 128 ? [type] : [(type & 0x7f) | 0x80, type >> 7]
  return Uint8Array.from([0x0a, ...withLength(signature), 0x12, ...withLength(payload), 0x18, ...label])
}

/** Without an emoji, and with the number that a deletion would have as its kind of chat: once taken for a deletion. */
function reactionOfOldClients(): Uint8Array {
  return encodeReaction({ clock: NOW, chatId: general, messageId: TARGET, messageType: 5, type: 5 })
}

interface Vectors {
  readonly communityDescription: readonly { readonly name: string; readonly amm: { readonly hex?: string } }[]
  readonly keys: readonly { readonly name: string; readonly cid: string }[]
}
const vectorsFile = new URL('../../vectors/vectors.json', import.meta.url)
const vectors = (): Vectors => JSON.parse(readFileSync(vectorsFile, 'utf8'))
function vectorDescription() {
  const hex = vectors().communityDescription.find(({ name }) => name === 'full')?.amm.hex
  if (hex === undefined) throw new Error('the vectors hold no description')
  return { amm: hexToBytes(hex) }
}
const vectorCommunity = () =>
  communityIdOf(hexToBytes(vectors().keys.find(({ name }) => name === 'community')?.cid ?? ''))
