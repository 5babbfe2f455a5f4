/** keys, chatIds, contentTopicParse, pubsub, wakuMessageHash */
import { describe, expect, it } from 'vitest'
import {
  adminChatId,
  bytesToHex,
  chatId,
  communityIdOf,
  compress,
  compressedChatKey,
  contactDiscoveryChatId,
  contactIdOf,
  contentTopicOf,
  decompress,
  hexToBytes,
  magnetlinksChatId,
  parseChatId,
  parseContentTopic,
  pingChatId,
  publicKey,
  pubsubTopic,
  shardInfoChatId,
  symmetricKey,
  topic4Of,
  universalChatId,
  WireError,
  wakuMessageHash,
} from '../../../../src/main/wire/index.ts'
import { bytesOf, named, vectors } from './forms.ts'

const { keys, chatIds, contentTopicParse, pubsub } = vectors

describe('keys', () => {
  it.each(named(keys, (key) => key.name))('the key of %s has its public key, ids and topics', (_name, key) => {
    const uncompressed = publicKey(hexToBytes(key.priv))
    const communityId = communityIdOf(uncompressed)
    expect(bytesToHex(uncompressed)).toBe(key.uncompressed)
    expect(bytesToHex(compress(uncompressed))).toBe(key.compressed)
    expect(bytesToHex(decompress(hexToBytes(key.compressed)))).toBe(key.uncompressed)
    expect(communityId).toBe(key.cid)
    expect(contactIdOf(uncompressed)).toBe(key.contactId)
    expect(adminChatId(communityId)).toBe(key.adminTopicChatId)
    expect(compressedChatKey(uncompressed)).toBe(key.compressedChatKey)
    expect(contactDiscoveryChatId(uncompressed)).toBe(key.contactDiscoveryChatId)
    expect(topic4Of(key.contactDiscoveryChatId)).toBe(key.contactDiscoveryTopic4)
  })
})

describe('chatIds', () => {
  const communityId = parseChatId(chatIds.channels[0]?.chatId ?? '').communityId

  it('belong to the community of the file', () => {
    expect(communityId).toBe(chatIds.communityId)
  })

  it.each(named(chatIds.channels, ({ uuid }) => uuid))('channel %s', (uuid, channel) => {
    expect(chatId(communityId, uuid)).toBe(channel.chatId)
  })

  it.each(named(chatIds.parse, (one) => one.chatId))('%s is taken apart', (id, expected) => {
    expect(parseChatId(id)).toEqual({ communityId: expected.communityId, uuid: expected.channelUuid })
  })

  it.each(named(chatIds.entries, ({ name }) => name))('%s has its topic and key', (_name, entry) => {
    expect(entry.chatId).toHaveLength(entry.length)
    expect(topic4Of(entry.chatId)).toBe(entry.topic4)
    expect(contentTopicOf(entry.chatId)).toBe(entry.contentTopic)
    if (entry.symKey !== undefined) expect(bytesToHex(symmetricKey(entry.chatId))).toBe(entry.symKey)
  })

  it('the derived ids are among the entries', () => {
    const derived = [universalChatId, magnetlinksChatId, pingChatId, shardInfoChatId, adminChatId]
    const known = chatIds.entries.map((entry) => entry.chatId)
    for (const derive of derived) expect(known).toContain(derive(communityId))
  })
})

describe('contentTopicParse', () => {
  it.each(named(contentTopicParse, (one) => one.in))('%s', (text, expected) => {
    if (expected.error) expect(() => parseContentTopic(text)).toThrow(WireError)
    else expect(parseContentTopic(text).topic4).toBe(expected.topic4)
  })
})

describe('pubsub', () => {
  it.each(named(pubsub, ({ topic }) => topic))('%s', (topic, { cluster, shard }) => {
    expect(pubsubTopic(cluster, shard)).toBe(topic)
  })
})

describe('wakuMessageHash', () => {
  it.each(named(vectors.wakuMessageHash, (_, index) => String(index)))('message %s', (_index, message) => {
    const hash = wakuMessageHash({
      pubsubTopic: message.pubsub,
      payload: bytesOf(message.payload),
      contentTopic: message.contentTopic,
      meta: bytesOf(message.meta),
      timestamp: message.timestamp === null ? undefined : BigInt(message.timestamp),
    })
    expect(bytesToHex(hash)).toBe(message.hash)
  })
})
