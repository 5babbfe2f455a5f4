import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { indexCodec, type Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { type ArchiveEntry, EngineError } from '../../../src/main/distribution/engine.ts'
import type { TransportRecord } from '../../../src/main/messages/index.ts'
import {
  ApplicationType,
  chatId,
  concatBytes,
  encodeApplicationMessage,
  encodeArchive,
  encodeArchiveLink,
  encodeChat,
  encodeIndex,
  encodePublic,
  hexToBytes,
  publicKey,
  segment,
} from '../../../src/main/wire/index.ts'
import type { ArchiveId, Seconds, Topic4 } from '../../../src/shared/domain.ts'
import { communityId, communityKey, envelope, general, recordOf, topics, universalTopic } from './support/people.ts'
import { announced, type Folders, type NodeOptions, TestNode, temporaryFolders, until } from './support/world.ts'

const WEEK = 7 * 24 * 3600
const START = 1_700_000_000

let folders: Folders
let nodes: TestNode[]
const open = async (options: Partial<NodeOptions>) => {
  const node = await TestNode.open({
    root: folders.root,
    name: 'member',
    role: 'member',
    clock: systemClock,
    ...options,
  })
  nodes.push(node)
  return node
}

interface Week {
  readonly week: number
  readonly records: readonly TransportRecord[]
  /** Bytes to stand for the archive instead of those that the records make. */
  readonly bytes?: Uint8Array
  readonly topics?: readonly Topic4[]
}

const range = (week: number) => ({ from: (START + week * WEEK) as Seconds, to: (START + (week + 1) * WEEK) as Seconds })
const said = (week: number, text: string, second = 0) => recordOf({ at: START + week * WEEK + second, text })

/** Publishes whatever is asked for, as a careless or hostile owner would. */
async function publishAnything(weeks: readonly Week[], clock = 1_700_000_000_000): Promise<Publication> {
  const owner = await open({ name: `owner-${nodes.length}`, role: 'owner' })
  const staged = weeks.map(({ week, records, bytes, topics: listed = topics }, i) => {
    const metadata = { ...range(week), topics: listed }
    const file = join(folders.root, `staged-${nodes.length}-${i}`)
    const raw = bytes ?? encodeArchive(metadata, records)
    writeFileSync(file, raw)
    return { file, bytes: raw.length, ...metadata }
  })
  const { link } = await owner.engine.publish(communityId, null, staged, indexCodec('torrent'))
  await owner.engine.seed(communityId, link, true)
  return { communityId, clock: clock as Publication['clock'], links: [{ engine: 'torrent', link }] }
}

/** A chat message without a signature. PROTOCOL.md §1.4. */
function unsigned(text: string): Uint8Array {
  const payload = encodeChat({ clock: 1, timestamp: 1, text, chatId: general, messageType: 5, contentType: 1 })
  const message = concatBytes(
    new Uint8Array([0x12, (payload.length & 0x7f) | 0x80, payload.length >> 7]),
    payload,
    new Uint8Array([0x18, 1]),
  )
  return encodePublic({ installationId: 'test', message })
}

/** The community's own announcement, which is believed only from the network. RULES.md R4.1. */
function announcement(): Uint8Array {
  const payload = encodeArchiveLink({ clock: 1, archiveLink: 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz' })
  const type = ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK
  return encodePublic({ installationId: 'test', message: encodeApplicationMessage({ type, payload }, communityKey) })
}

async function follow(node: TestNode, publication: Publication) {
  await node.archives.announced(communityId, announced(publication), 'join-response')
  await until(() => !node.archives.isRestoring(communityId), 'the restoration')
  const { archives, refused, links } = await node.archives.history(communityId)
  return { archives, refused: Object.fromEntries(refused.map(({ reason, count }) => [reason, count])), links }
}

beforeEach(() => {
  folders = temporaryFolders()
  nodes = []
})
afterEach(async () => {
  for (const node of nodes) await node.close()
  folders.remove()
})

describe('an index', () => {
  it('that is truncated is refused with its reason, and the next link is followed', async () => {
    const publication = await publishAnything([{ week: 0, records: [said(0, 'hello')] }])
    const guest = await open({})
    guest.engine.trouble.index = (bytes) => bytes.subarray(0, bytes.length - 3)
    const { links } = await follow(guest, publication)
    expect(links).toMatchObject([{ state: 'refused' }])
    expect(guest.signals.find(({ name }) => name === 'historyArchiveRefused')?.detail).toMatch(/^PROTOBUF: /)
    delete guest.engine.trouble.index
    const next = await publishAnything(
      [{ week: 0, records: [said(0, 'hello'), said(0, 'again', 1)] }],
      1_700_000_000_001,
    )
    await follow(guest, next)
    expect(await guest.texts()).toEqual(['hello', 'again'])
  })

  it('that cannot be put away here for a while is opened again, and not refused for our own fault', async () => {
    const publication = await publishAnything([{ week: 0, records: [said(0, 'patience')] }])
    const guest = await open({})
    await guest.archives.seed(communityId, false)
    // The engine is told not to serve it, between opening and storing the index.
    guest.engine.trouble.fail.seed = [new Error('the disk went away'), new Error('and still is')]
    await guest.archives.announced(communityId, announced(publication), 'join-response')
    await until(async () => (await guest.texts()).length === 1, 'the archive')
    expect(guest.names()).not.toContain('historyArchiveRefused')
    expect((await guest.archives.history(communityId)).links).toMatchObject([{ state: 'done' }])
  })

  it('§13.2 with entries that lie loses those entries only, each with its reason', async () => {
    const publication = await publishAnything([0, 1, 2, 3].map((week) => ({ week, records: [said(week, `w${week}`)] })))
    const guest = await open({})
    const honest =
      (await nodes[0]?.engine.openIndex(communityId, publication.links[0]?.link ?? ('' as never))) ?? new Uint8Array()
    const entries = [...(await indexCodec('torrent').decode(honest))].sort((a, b) => a.from - b.from)
    const lie = (entry: ArchiveEntry | undefined, change: Partial<ArchiveEntry>): ArchiveEntry => {
      if (!entry) throw new Error('no entry')
      const lying = { ...entry, ...change }
      return { ...lying, id: indexCodec('torrent').identify(lying) }
    }
    const [first, second, third, fourth] = entries
    if (!first || third?.locator.kind !== 'torrent') throw new Error('no entries')
    const lies = [
      first,
      { ...lie(second, {}), id: `0x${'1'.repeat(64)}` as ArchiveId },
      lie(third, { locator: { ...third.locator, size: third.locator.size + 1 } }),
      lie(fourth, { to: (fourth?.from ?? 0) as Seconds }),
      lie(fourth, {
        to: 40_000_000_000 as Seconds,
        locator: { kind: 'torrent', offset: 4_096_000, size: 102_400, padding: 0 },
      }),
    ]
    guest.engine.trouble.index = () => encodeIndex(lies)
    const { archives, refused, links } = await follow(guest, publication)
    expect(archives.map(({ id, state }) => [id, state])).toEqual([[first.id, 'imported']])
    expect(refused).toEqual({ ID_MISMATCH: 1, BAD_RANGE: 1, BAD_TIME_RANGE: 2 })
    // A line for each reason, not for each lie.
    expect(guest.signals.filter(({ name }) => name === 'historyArchiveRefused')).toHaveLength(3)
    expect(await guest.texts()).toEqual(['w0'])
    expect(links).toMatchObject([{ state: 'done' }])
  })
})

describe('an archive', () => {
  it('§13.7 whose bytes do not decode is quarantined; the others are imported; it is retried only on demand', async () => {
    const publication = await publishAnything([0, 1, 2].map((week) => ({ week, records: [said(week, `w${week}`)] })))
    const guest = await open({})
    guest.engine.trouble.archive = (entry, bytes) => (entry.from === range(1).from ? new Uint8Array([0xff, 1]) : bytes)
    const { archives, links } = await follow(guest, publication)
    expect(archives.map(({ state }) => state)).toEqual(['imported', 'quarantined', 'imported'])
    expect(archives[1]?.reason).toMatch(/^PROTOBUF: /)
    expect(links).toMatchObject([{ state: 'done' }])
    expect(await guest.texts()).toEqual(['w0', 'w2'])

    await guest.archives.close()
    const again = await open({ name: 'member' })
    await again.archives.startMember()
    await until(() => !again.archives.isRestoring(communityId), 'the restart')
    expect(again.engine.fetched).toEqual([])
    writeFileSync(
      join(folders.root, 'member', 'torrent', archives[1]?.id ?? ''),
      encodeArchive({ ...range(1), topics }, [said(1, 'w1')]),
    )
    await again.archives.retry(communityId, archives[1]?.id ?? ('' as ArchiveId))
    await until(() => !again.archives.isRestoring(communityId), 'the retry')
    expect(await again.texts()).toEqual(['w0', 'w1', 'w2'])
  })

  it.each<[string, Week, RegExp]>([
    [
      'says another range than its entry',
      { week: 0, records: [], bytes: encodeArchive({ ...range(1), topics }, [said(1, 'x')]) },
      /^METADATA_MISMATCH/,
    ],
    ['is one byte long', { week: 0, records: [], bytes: new Uint8Array([8]) }, /^PROTOBUF/],
  ])('that %s is quarantined', async (_name, week, reason) => {
    const { archives } = await follow(await open({}), await publishAnything([week]))
    expect(archives).toMatchObject([{ state: 'quarantined', messages: 0 }])
    expect(archives[0]?.reason).toMatch(reason)
  })

  it('that an engine calls corrupt is quarantined with the engine’s reason', async () => {
    const publication = await publishAnything([{ week: 0, records: [said(0, 'x')] }])
    const guest = await open({})
    guest.engine.trouble.fail.fetch = [new EngineError('corrupt', 'its pieces do not fit')]
    const { archives } = await follow(guest, publication)
    expect(archives).toMatchObject([{ state: 'quarantined', reason: 'corrupt: its pieces do not fit' }])
  })

  it('that nobody has at first is tried again until somebody does', async () => {
    const publication = await publishAnything([{ week: 0, records: [said(0, 'patience')] }])
    const guest = await open({})
    const away = () => new EngineError('timeout', 'nobody answers')
    guest.engine.trouble.fail.fetch = [away(), away(), away()]
    guest.engine.trouble.fail.openIndex = [away()]
    await guest.archives.announced(communityId, announced(publication), 'join-response')
    await until(async () => (await guest.texts()).length === 1, 'the archive')
    expect(guest.engine.calls.filter((call) => call.startsWith('fetch')).length).toBe(4)
  })
})

describe('a message of an archive', () => {
  it('§13.2 that is unsigned, out of time, of another topic or another type is refused by its reason; the rest is taken', async () => {
    const good = said(0, 'good')
    const records = [
      said(1, 'of next week'),
      said(-1, 'of last week'),
      recordOf({ at: START + 2, text: 'elsewhere', topic: 'aabbccdd' as Topic4 }),
      envelope(START + 3, new Uint8Array([1, 2, 3])),
      envelope(START + 4, new Uint8Array()),
      { ...envelope(START + 5, unsigned('nobody said this')), sig: publicKey(communityKey) },
      envelope(START + 6, announcement()),
      good,
    ]
    const publication = await publishAnything([{ week: 0, records }])
    const guest = await open({})
    const { archives, refused } = await follow(guest, publication)
    expect(archives).toMatchObject([{ state: 'imported', messages: 1 }])
    expect(await guest.texts()).toEqual(['good'])
    expect(refused).toEqual({
      'out-of-range': 2,
      'wrong-topic': 1,
      undecodable: 1,
      'empty-payload': 1,
      'missing-signature': 1,
      'type-not-allowed': 1,
    })
  })

  it('§13.8 of a channel that nobody here has heard of is taken, not dropped from an archive that counts as imported', async () => {
    const elsewhere = chatId(communityId, '00000000-0000-4000-8000-000000000000')
    const topic = 'aabbccdd' as Topic4
    const records = [recordOf({ at: START + 1, text: 'said in a forgotten channel', channel: elsewhere, topic })]
    const guest = await open({})
    const { refused } = await follow(guest, await publishAnything([{ week: 0, records, topics: [...topics, topic] }]))
    expect(await guest.texts()).toEqual(['said in a forgotten channel'])
    expect(refused).toEqual({})
  })

  it('that came in segments is put together inside its archive; segments without their fellows are counted', async () => {
    const whole = said(0, 'long '.repeat(700))
    const pieces = segment(whole.payload, 1000).map((payload, i) => envelope(START + i, payload))
    const lonely = segment(said(0, 'lost '.repeat(700)).payload, 1000).slice(1, 3)
    const records = [...pieces.reverse(), ...lonely.map((payload, i) => envelope(START + 60 + i, payload))]
    const guest = await open({})
    const { refused } = await follow(guest, await publishAnything([{ week: 0, records }]))
    expect((await guest.texts()).map((text) => text.length)).toEqual([3500])
    expect(refused).toEqual({ 'incomplete-segments': 2 })
  })

  it('that is in two archives is one message', async () => {
    const guest = await open({})
    const twice = [said(0, 'once')]
    const { archives } = await follow(
      guest,
      await publishAnything([
        { week: 0, records: twice },
        { week: 0, records: twice, topics: [universalTopic] },
      ]),
    )
    expect(archives.map(({ state }) => state)).toEqual(['imported', 'imported'])
    expect(await guest.texts()).toEqual(['once'])
  })

  it('R4.4 with an id from elsewhere counts only on the community’s word', async () => {
    const record = { ...said(0, 'not imported'), thirdPartyId: 'discord-1' }
    const guest = await open({})
    const { refused } = await follow(guest, await publishAnything([{ week: 0, records: [record] }]))
    expect(refused).toEqual({})
    const [message] = await guest.store.messages.history({ communityId, limit: 1 })
    expect(message?.id).toMatch(/^0x[0-9a-f]{64}$/)
  })
})

describe('hashes', () => {
  it('in a record are not looked at: only the message inside it is', async () => {
    const record = { ...said(0, 'same'), hash: hexToBytes('00'.repeat(32)) }
    const guest = await open({})
    await follow(guest, await publishAnything([{ week: 0, records: [record] }]))
    expect(await guest.texts()).toEqual(['same'])
  })
})
