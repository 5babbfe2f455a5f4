import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import type { DistributionEngine } from '../../../../src/main/distribution/engine.ts'
import type { ArchiveLink } from '../../../../src/shared/domain.ts'
import { foreignDataset } from '../../../support/codex-bytes.ts'
import { entryOf, nextEvent, publish, sharedEngine, startEngine } from '../../../support/codex-engines.ts'
import { type OlderBehaviour, OlderStranger, wantList } from '../../../support/codex-older-stranger.ts'
import { type Behaviour, Stranger } from '../../../support/codex-stranger.ts'
import { bytesOf, communityA } from '../../../support/torrent.ts'

const block = 65_536
const link = (cid: string) => cid as ArchiveLink
const addressOf = (engine: DistributionEngine) => engine.status().addresses[0] ?? ''

/** Whether the other side ends a stream without a word. */
async function isEnded({ source }: Stream): Promise<boolean> {
  try {
    for await (const _ of source) return false
  } catch {
    // as an end does
  }
  return true
}

function told(member: DistributionEngine, ...strangers: readonly { readonly address: string }[]) {
  member.addPeers(
    communityA,
    strangers.map(({ address }) => address),
  )
  return member
}

describe('an older node that shares no code with ours', () => {
  const shared = sharedEngine()

  it.each([
    ['mplex', 'codex'],
    ['yamux', 'storage03'],
  ] as const)('gives us a dataset over %s, with a manifest in the form %s', async (muxer, format) => {
    const data = bytesOf(muxer, 70 * block + 1)
    const dataset = foreignDataset(data, { format })
    const older = await OlderStranger.start([dataset], { muxer })
    const member = told(shared(), older)
    expect(Buffer.from(await member.openIndex(communityA, link(dataset.cid)))).toEqual(data)
    expect(older.sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 71 }, (_, index) => index))
    // The manifest and each block: asked about once, then asked for once, all on one stream.
    expect(older.asked.have).toHaveLength(72)
    expect(older.asked.block.toSorted()).toEqual(older.asked.have.toSorted())
    expect(older.incoming).toBe(1)
  })

  it.each(['mplex', 'yamux'] as const)('gets a dataset from us over %s, on a stream of ours', async (muxer) => {
    const owner = await startEngine()
    const set = await publish(owner, [45 * block + 7])
    const dataset = foreignDataset(bytesOf('0', 45 * block + 7))
    expect(entryOf(set, 0).locator).toEqual({ kind: 'codex', cid: dataset.cid })
    const older = await OlderStranger.start([], { muxer })
    const peer = await older.dial(addressOf(owner))
    expect(await older.askManifest(peer, dataset.manifestCid)).toEqual(dataset.manifest)
    const indexes = Array.from({ length: 48 }, (_, index) => index)
    const blocks = await older.askBlocks(peer, dataset, indexes)
    expect([...blocks.keys()].toSorted((a, b) => a - b)).toEqual(indexes.slice(0, 46))
    for (const [index, data] of blocks) expect(data.equals(dataset.blocks[index] ?? Buffer.alloc(0))).toBe(true)
    expect(older.incoming).toBe(1)
    const unknown = foreignDataset(bytesOf('unknown', 10))
    expect(await older.askManifest(peer, unknown.manifestCid)).toBeNull()
    expect((await older.askBlocks(peer, unknown, [0])).size).toBe(0)
  })

  it('wakes us when it says that it has what it had not', async () => {
    const data = bytesOf('late', 4 * block)
    const dataset = foreignDataset(data)
    const missing = new Set([0, 1, 2, 3])
    const older = await OlderStranger.start([dataset], { missing })
    const member = told(shared(), older)
    const fetched = member.openIndex(communityA, link(dataset.cid))
    await expect.poll(() => older.asked.have.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(5)
    missing.clear()
    const [connection] = older.host.getConnections()
    if (connection === undefined) throw new Error('nobody is connected')
    await older.announce(connection.remotePeer, dataset, 2)
    expect(Buffer.from(await fetched)).toEqual(data)
  })

  it('and a newer one, and one of ours, each give a part of the same dataset', async () => {
    const data = bytesOf('parts', 60 * block)
    const dataset = foreignDataset(data)
    const third = (rest: number) => new Set(Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 !== rest))
    const older = await OlderStranger.start([dataset], { missing: third(0) })
    const newer = await Stranger.start([dataset], { missing: third(1) })
    const last = await Stranger.start([dataset], { missing: third(2) })
    const member = told(shared(), older, newer, last)
    expect(Buffer.from(await member.openIndex(communityA, link(dataset.cid)))).toEqual(data)
    for (const [rest, { sent }] of [older, newer, last].entries())
      expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i + rest))
  })
})

describe('an older node that is at fault', () => {
  const shared = sharedEngine()

  it.each<[string, OlderBehaviour, RegExp]>([
    ['sends a block with wrong bytes', { corrupt: [7] }, /block 7 with wrong bytes/],
    ['sends a wrong proof', { wrongProof: [3] }, /wrong proof of block 3/],
    ['sends a block without a proof', { unproven: true }, /without a proof/],
    ['sends another manifest', { wrongManifest: true }, /manifest of another CID/],
    ['sends no protobuf', { garbage: Buffer.alloc(9, 0xff) }, /does not follow the protocol/],
  ])('because it %s is banned, and others give what it should have', async (what, behaviour, reason) => {
    const data = bytesOf(what, 10 * block)
    const dataset = foreignDataset(data)
    const bad = await OlderStranger.start([dataset], behaviour)
    const member = told(shared(), bad)
    const banned = nextEvent(member, 'peer-banned')
    const fetched = member.openIndex(communityA, link(dataset.cid))
    const event = await banned
    expect(event).toMatchObject({ communityId: communityA, peer: bad.peer })
    expect(event.reason).toMatch(reason)
    await expect.poll(() => bad.host.getConnections().length, { timeout: 20_000 }).toBe(0)
    const good = await OlderStranger.start([dataset])
    member.addPeers(communityA, [good.address])
    expect(Buffer.from(await fetched)).toEqual(data)
  })

  it('is hung up on when what it says to us is no protobuf', async () => {
    const older = await OlderStranger.start()
    const peer = await older.dial(addressOf(shared()))
    await older.say(peer, Buffer.alloc(20, 0xff))
    await expect.poll(() => older.host.getConnections().length, { timeout: 20_000 }).toBe(0)
  })

  it('is given nothing that nobody seeds, and may ask for more than there is', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [2 * block])
    const published = foreignDataset(bytesOf('0', 2 * block))
    const older = await OlderStranger.start()
    const peer = await older.dial(addressOf(owner))
    const absurd = Buffer.concat([
      Buffer.of(8, 1, 18, 38),
      published.treeCid,
      Buffer.from('18ffffffffffffffff7f', 'hex'),
    ])
    await older.say(peer, wantList([absurd], 0))
    expect((await older.askBlocks(peer, published, [1])).size).toBe(1)
    await owner.seed(communityA, set.link, false)
    expect(await older.askManifest(peer, published.manifestCid)).toBeNull()
    expect((await older.askBlocks(peer, published, [0])).size).toBe(0)
  })
})

describe('a node that speaks both', () => {
  it('is asked by the newer protocol', async () => {
    const owner = await startEngine()
    const older = await OlderStranger.start()
    const connection = await older.host.dial(await older.dial(addressOf(owner)))
    const stream = await connection.newStream(['/storage/blockexc/1.0.0', '/codex/blockexc/1.0.0'])
    expect(stream.protocol).toBe('/storage/blockexc/1.0.0')
  })

  it.each<[string, Behaviour, OlderBehaviour]>([
    ['newer', { garbage: Buffer.from('ffffffff01', 'hex') }, {}],
    ['older', {}, { garbage: Buffer.alloc(9, 0xff) }],
  ])('and garbles the %s one gives everything by the other', async (which, newly, formerly) => {
    const data = bytesOf(`garbled ${which}`, 10 * block)
    const dataset = foreignDataset(data)
    const newer = await Stranger.start([dataset], newly)
    const older = await OlderStranger.start([dataset], formerly, newer.host)
    const member = await startEngine()
    let banned = 0
    member.on('peer-banned', () => {
      banned += 1
    })
    if (which === 'older') {
      const peer = await older.dial(addressOf(member))
      await older.say(peer, Buffer.alloc(20, 0xff))
      // Refused by now, or soon: another stream of it ends at once.
      await expect
        .poll(() => older.host.dialProtocol(peer, '/codex/blockexc/1.0.0').then(isEnded), { timeout: 20_000 })
        .toBe(true)
    }
    told(member, newer)
    expect(Buffer.from(await member.openIndex(communityA, link(dataset.cid)))).toEqual(data)
    const [given, garbled] = which === 'newer' ? [older, newer] : [newer, older]
    expect(new Set(given.sent)).toEqual(new Set(Array.from({ length: 10 }, (_, index) => index)))
    if (which === 'older') expect(garbled.sent).toEqual([])
    expect(banned).toBe(0)
  })
})
