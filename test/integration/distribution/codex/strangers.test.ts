import { describe, expect, it } from 'vitest'
import type { DistributionEngine } from '../../../../src/main/distribution/engine.ts'
import type { ArchiveLink } from '../../../../src/shared/domain.ts'
import { cidBytes, cidText, foreignDataset } from '../../../support/codex-bytes.ts'
import { entryOf, nextEvent, publish, sharedEngine, startEngine, statusWhere } from '../../../support/codex-engines.ts'
import { type Behaviour, frame, presence, Stranger, wantHave } from '../../../support/codex-stranger.ts'
import { bytesOf, communityA } from '../../../support/torrent.ts'

const block = 65_536
const link = (cid: string) => cid as ArchiveLink

async function memberOf(...strangers: readonly Stranger[]) {
  return told(await startEngine(), ...strangers)
}

function told(member: DistributionEngine, ...strangers: readonly Stranger[]) {
  member.addPeers(
    communityA,
    strangers.map(({ address }) => address),
  )
  return member
}

describe('a node that shares no code with ours', () => {
  it.each(['yamux', 'mplex'] as const)('gives us a dataset over %s', async (muxer) => {
    const data = bytesOf('foreign', 40 * block + 1)
    const dataset = foreignDataset(data)
    const stranger = await Stranger.start([dataset], { muxer })
    const member = await memberOf(stranger)
    expect(Buffer.from(await member.openIndex(communityA, link(dataset.cid)))).toEqual(data)
    expect(stranger.sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, index) => index))
    await statusWhere(member, ({ downloaded }) => downloaded === data.length)
    expect(stranger.controls.length).toBeGreaterThan(0)
  })

  it.each(['yamux', 'mplex'] as const)('gets a dataset from us over %s, with proofs that it accepts', async (muxer) => {
    const owner = await startEngine()
    const set = await publish(owner, [5 * block + 7])
    const dataset = foreignDataset(bytesOf('0', 5 * block + 7))
    expect(entryOf(set, 0).locator).toEqual({ kind: 'codex', cid: dataset.cid })
    const stranger = await Stranger.start([], { muxer })
    const [address = ''] = owner.status().addresses
    expect(await stranger.askManifest(address, dataset.manifestCid)).toEqual({ status: 0, bytes: dataset.manifest })
    const pipe = await stranger.openExchange(address)
    const ask = async (...ranges: [number, number][]) => [...(await stranger.askBlocks(pipe, dataset, ranges))]
    expect(await ask([0, 2])).toEqual([
      [0, dataset.blocks[0]],
      [1, dataset.blocks[1]],
    ])
    expect(await ask([5, 1], [3, 1])).toEqual([
      [5, dataset.blocks[5]],
      [3, dataset.blocks[3]],
    ])
    // Two blocks are as much as a response may hold, and what is not there is left out.
    expect((await ask([0, 6])).map(([index]) => index)).toEqual([0, 1])
    expect((await ask([5, 4_000_000_000])).map(([index]) => index)).toEqual([5])
    expect(await ask([6, 1])).toEqual([])
    expect(await ask()).toEqual([])
  })

  it('is told that we have not what nobody seeds', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [block])
    const dataset = foreignDataset(bytesOf('0', block))
    await owner.seed(communityA, set.link, false)
    const stranger = await Stranger.start()
    const [address = ''] = owner.status().addresses
    expect(await stranger.askManifest(address, dataset.manifestCid)).toMatchObject({ status: 1 })
    expect(await stranger.askManifest(address, dataset.treeCid)).toMatchObject({ status: 1 })
    const pipe = await stranger.openExchange(address)
    expect(await stranger.askBlocks(pipe, dataset, [[0, 1]])).toEqual(new Map())
  })

  it('is told on a stream of our own what we have, under the id that it chose', async () => {
    const owner = await startEngine()
    await publish(owner, [3 * block])
    const dataset = foreignDataset(bytesOf('0', 3 * block))
    const other = foreignDataset(bytesOf('unknown', 10))
    const stranger = await Stranger.start()
    const pipe = await stranger.openExchange(owner.status().addresses[0] ?? '')
    const id = 0xfedcba9876543210n
    pipe.write(wantHave(dataset.treeCid, 0, 3, id))
    expect(await stranger.firstControl.promise).toEqual(presence(dataset.treeCid, 2, 3, id))
    expect(await stranger.askBlocks(pipe, dataset, [[2, 1]])).toHaveProperty('size', 1)
    pipe.write(wantHave(other.treeCid, 0, 1, 1n))
    await expect.poll(() => stranger.controls.length, { timeout: 20_000 }).toBe(2)
    expect(stranger.controls[1]?.includes(other.treeCid)).toBe(true)
  })

  it('wakes us when it says, on a stream of its own, that it has what it had not', async () => {
    const data = bytesOf('late', 4 * block)
    const dataset = foreignDataset(data)
    const missing = new Set([0, 1, 2, 3])
    const stranger = await Stranger.start([dataset], { missing })
    const member = await memberOf(stranger)
    const fetched = member.openIndex(communityA, link(dataset.cid))
    await stranger.firstControl.promise
    missing.clear()
    const pipe = await stranger.openExchange(member.status().addresses[0] ?? '')
    pipe.write(frame(0, presence(dataset.treeCid, 2, 4, 1n)))
    expect(Buffer.from(await fetched)).toEqual(data)
  })
})

describe('several providers', () => {
  it('each give what they have', async () => {
    const data = bytesOf('shared', 30 * block)
    const dataset = foreignDataset(data)
    const even = new Set(Array.from({ length: 15 }, (_, i) => 2 * i))
    const odd = new Set(Array.from({ length: 15 }, (_, i) => 2 * i + 1))
    const [one, two] = [
      await Stranger.start([dataset], { missing: even }),
      await Stranger.start([dataset], { missing: odd }),
    ]
    const member = await memberOf(one, two)
    expect(Buffer.from(await member.openIndex(communityA, link(dataset.cid)))).toEqual(data)
    expect(one.sent.toSorted((a, b) => a - b)).toEqual([...odd])
    expect(two.sent.toSorted((a, b) => a - b)).toEqual([...even])
  })

  it('are asked for what the fewest of them have first', async () => {
    const data = bytesOf('rare', 20 * block)
    const dataset = foreignDataset(data)
    const nothing = () => new Set(Array.from({ length: 20 }, (_, index) => index))
    const missing = nothing()
    const few = await Stranger.start([dataset], { missing: nothing() })
    const many = await Stranger.start([dataset], { missing })
    const member = await memberOf(few, many)
    const fetched = member.openIndex(communityA, link(dataset.cid))
    await Promise.all([few.firstControl.promise, many.firstControl.promise])
    const address = member.status().addresses[0] ?? ''
    const [said, saidMore] = [await few.openExchange(address), await many.openExchange(address)]
    said.write(frame(0, presence(dataset.treeCid, 1, 10, 1n)))
    // That the first was heard shows in what it is asked for now.
    const before = few.controls.length
    said.write(wantHave(dataset.treeCid, 0, 1, 7n))
    await expect.poll(() => few.controls.length, { timeout: 20_000 }).toBeGreaterThan(before)
    missing.clear()
    saidMore.write(frame(0, presence(dataset.treeCid, 1, 20, 1n)))
    expect(Buffer.from(await fetched)).toEqual(data)
    expect(many.sent.slice(0, 10).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => 10 + i))
  })

  it('stand in for one that no longer answers', async () => {
    const data = bytesOf('faltering', 40 * block)
    const dataset = foreignDataset(data)
    const slow = await Stranger.start([dataset], { falterAfter: 6 })
    const member = await memberOf(slow)
    const fetched = member.openIndex(communityA, link(dataset.cid))
    await expect.poll(() => slow.sent.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(6)
    const good = await Stranger.start([dataset])
    member.addPeers(communityA, [good.address])
    expect(Buffer.from(await fetched)).toEqual(data)
  })
})

describe('a peer that is at fault', () => {
  const shared = sharedEngine()
  const unasked = foreignDataset(bytesOf('unasked', 10))

  it.each<[string, Behaviour, RegExp]>([
    ['sends a block with wrong bytes', { corrupt: [7] }, /block 7 with wrong bytes/],
    ['sends a wrong proof', { wrongProof: [3] }, /wrong proof of block 3/],
    ['sends another manifest', { wrongManifest: true }, /manifest of another CID/],
    ['sends a frame of no type', { garbage: Buffer.alloc(4) }, /does not follow the protocol/],
    ['sends a frame of an unknown type', { garbage: frame(9, Buffer.alloc(3)) }, /does not follow the protocol/],
    ['announces more bytes than belong', { garbage: frame(2, Buffer.alloc(9, 0xff)) }, /does not follow the protocol/],
  ])('because it %s is banned, and others give what it should have', async (what, behaviour, reason) => {
    const data = bytesOf(what, 20 * block)
    const dataset = foreignDataset(data)
    const bad = await Stranger.start([dataset], behaviour)
    const member = told(shared(), bad)
    const banned = nextEvent(member, 'peer-banned')
    const fetched = member.openIndex(communityA, link(dataset.cid))
    const event = await banned
    expect(event).toMatchObject({ communityId: communityA, peer: bad.peer })
    expect(event.reason).toMatch(reason)
    await expect.poll(() => bad.host.getConnections().length, { timeout: 20_000 }).toBe(0)
    const good = await Stranger.start([dataset])
    member.addPeers(communityA, [bad.address, good.address])
    expect(Buffer.from(await fetched)).toEqual(data)
    expect(bad.host.getConnections()).toHaveLength(0)
    await expect(bad.askManifest(member.status().addresses[0] ?? '', dataset.manifestCid)).rejects.toThrow()
  })

  it.each([
    ['a frame of an unknown type', frame(7, Buffer.alloc(1))],
    ['a frame of 4 GiB', Buffer.from('ffffffff01', 'hex')],
    ['a request that is cut off', frame(1, Buffer.alloc(11))],
    [
      'an answer that nobody asked for',
      frame(
        2,
        Buffer.concat([
          Buffer.from('34000000', 'hex'),
          Buffer.alloc(8),
          Buffer.of(38, 0),
          unasked.treeCid,
          Buffer.alloc(4),
        ]),
      ),
    ],
    ['control that is no protobuf', frame(0, Buffer.alloc(20, 0xff))],
  ])('is hung up on when it sends us %s', async (_what, bytes) => {
    const stranger = await Stranger.start()
    const pipe = await stranger.openExchange(shared().status().addresses[0] ?? '')
    pipe.write(bytes)
    await expect(pipe.read(1)).rejects.toThrow()
    await expect.poll(() => stranger.host.getConnections().length, { timeout: 20_000 }).toBe(0)
  })
})

describe('a manifest that lies', () => {
  const shared = sharedEngine()
  const data = bytesOf('liar', 10 * block)
  it.each([
    ['is shorter than its data', { size: 10 * block - 100 }, /longer than it says/],
    ['has a block too few', { size: 9 * block }, /has 10 blocks and not 9/],
    ['has a block too many', { size: 11 * block }, /has 10 blocks and not 11/],
    ['has far fewer blocks', { size: 2 * block }, /has 10 blocks and not 2/],
    ['has blocks of another size', { blockSize: 32_768, size: 10 * 32_768 }, /blocks have 65536 bytes/],
    ['names a path', { filename: '../../etc/passwd' }, /filename is a path/],
    ['has a block size of nonsense', { blockSize: 1000 }, /power of two/],
    ['names a tree of another codec', { treeCodec: 0xcd02 }, /not the CID of a tree/],
  ])('because it %s is refused with its reason, and nobody is banned for it', async (_what, change, reason) => {
    const dataset = foreignDataset(data, change)
    const stranger = await Stranger.start([dataset])
    const member = told(shared(), stranger)
    let banned = false
    member.on('peer-banned', () => {
      banned = true
    })
    const opened = member.openIndex(communityA, link(dataset.cid), { timeout: 20_000 })
    await expect(opened).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(reason) })
    expect(banned).toBe(false)
  })

  it('of more than is allowed is refused before anything is fetched', async () => {
    const dataset = foreignDataset(data, { size: 2 ** 40 / 32 })
    const stranger = await Stranger.start([dataset])
    const member = told(shared(), stranger)
    await expect(member.openIndex(communityA, link(dataset.cid))).rejects.toMatchObject({ code: 'too-large' })
    expect(stranger.sent).toEqual([])
  })
})

describe('links', () => {
  const shared = sharedEngine()
  const digest = Buffer.alloc(32, 7)
  it.each([
    ['a path', '../../../etc/passwd'],
    ['nothing', ''],
    ['a magnet link', 'magnet:?xt=urn:btih:08585778ae3839c2157380622638286f35d42ba8'],
    ['the CID of a tree', cidText(cidBytes(0xcd03, digest))],
    ['the CID of a block', cidText(cidBytes(0xcd02, digest))],
    ['a CID of IPFS', 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'],
  ])('that are %s are refused', async (_what, text) => {
    const member = shared()
    const refused = { code: 'unsupported', retryable: false }
    await expect(member.openIndex(communityA, link(text))).rejects.toMatchObject(refused)
    await expect(member.seed(communityA, link(text), true)).rejects.toMatchObject(refused)
    await expect(member.remove(communityA, link(text))).rejects.toMatchObject(refused)
  })
})
