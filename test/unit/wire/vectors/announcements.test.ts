/** announcements, announcementState, magnetParse */
import { describe, expect, it } from 'vitest'
import {
  bytesToHex,
  communityIdOf,
  encodeApplicationMessage,
  encodeArchiveLink,
  encodePublic,
  hexToBytes,
  judgeAnnouncement,
  openAnnouncement,
  openApplicationMessage,
  parseChatId,
  parseMagnet,
  topic4Of,
  unwrap,
  WireError,
} from '../../../../src/main/wire/index.ts'
import { blobBytes, expectBlob, named, vectors } from './forms.ts'

const communityId = parseChatId(vectors.chatIds.channels[0]?.chatId ?? '').communityId
const installationId = vectors.hashRatchet[0]?.installationId ?? ''

describe('announcements', () => {
  it.each(named(vectors.announcements, ({ name }) => name))('%s', (_name, vector) => {
    expect(topic4Of(vector.channelChatId)).toBe(vector.topic4)
    const payload = encodeArchiveLink({ clock: vector.clock, archiveLink: vector.link })
    expect(bytesToHex(payload)).toBe(vector.payload)
    const message = encodeApplicationMessage({ type: vector.ammType, payload }, hexToBytes(vector.signerPriv))
    expectBlob(message, vector.amm)
    expectBlob(encodePublic({ installationId, message }), vector.protocolMessage)

    const layer = unwrap(blobBytes(vector.protocolMessage))
    if (layer.kind !== 'application') throw new Error(`it was taken for ${layer.kind}`)
    const opened = openApplicationMessage(layer.bytes)
    expect(opened.id).toBe(vector.messageId)
    expect(communityIdOf(opened.signer)).toBe(vector.signerCommunityId)

    const { accepted, reason, flavour, infoHash } = vector.expect
    if (accepted === false) {
      expect(reasonOf(() => openAnnouncement(opened, { communityId }))).toBe(reason)
      return
    }
    const conditional = accepted !== true
    if (conditional) {
      // "only when pIndexCidType = N"
      expect(reasonOf(() => openAnnouncement(opened, { communityId, indexCidType: null }))).toBe('UNKNOWN_TYPE')
      expect(accepted).toContain(String(vector.ammType))
    }
    const announcement = openAnnouncement(opened, { communityId, indexCidType: conditional ? vector.ammType : null })
    expect(announcement).toMatchObject({
      clock: vector.clock,
      link: vector.link,
      engine: flavour === 'torrent' ? 'torrent' : 'codex',
    })
    if (infoHash !== undefined) expect(parseMagnet(announcement.link).infoHash).toBe(infoHash)
  })
})

describe('announcementState', () => {
  it.each(named(vectors.announcementState.steps, (step) => step.act))('%s', (act, { stored, msg, storeClock }) => {
    expect(judgeAnnouncement(stored, msg)).toEqual({ act, storeClock })
  })
})

describe('magnetParse', () => {
  it.each(named(vectors.magnetParse, (one) => one.in))('%s', (link, expected) => {
    if (expected.error) {
      expect(reasonOf(() => parseMagnet(link))).toBe('BAD_MAGNET')
      return
    }
    const { infoHash, name, trackers } = parseMagnet(link)
    expect({ infoHash, name, trackers }).toEqual({
      infoHash: expected.infoHash,
      name: expected.name,
      trackers: expected.trackers,
    })
  })
})

function reasonOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof WireError) return error.code
    throw error
  }
  return 'nothing was refused'
}
