/** What nodes do that one would not expect (CODEX.md §1, §9), and what a hostile one might. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import type { ArchiveLink } from '../../../../src/shared/domain.ts'
import { contents, entryOf, publish, statusWhere } from '../../../support/codex-engines.ts'
import { neighbourhood, startExternal } from '../../../support/external-engines.ts'
import { FakeStorageNode } from '../../../support/fake-storage-node.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536
const ten = [10 * block]

describe('a fetch through a node', () => {
  it.each([
    ['codex', 'broken off', {}],
    ['codex', 'ended in order', { truncateQuietly: true }],
    ['storage', 'broken off', {}],
    ['storage', 'ended in order', { truncateQuietly: true }],
  ] as const)('under /api/%s takes no stream for whole that was %s after its 200', async (flavour, _how, quirks) => {
    const open = neighbourhood({ flavour })
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open()
    await engine.openIndex(communityA, set.link)
    Object.assign(node.quirks, { truncateAfter: 3 * block + 5 }, quirks)
    const fetch = () => engine.fetch(communityA, set.link, entryOf(set, 0), { timeout: 400 })
    await expect(fetch()).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
      message: expect.stringMatching(/it stopped after \d+ of 655360 bytes/),
    })
    delete node.quirks.truncateAfter
    expect(await contents(await fetch())).toEqual(bytesOf('0', 10 * block))
  })

  it('R5.3 does not believe `exists`, nor a download that is no longer active', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open({}, {})
    node.quirks.giveUpAfter = 4
    const progress: number[] = []
    const file = await engine.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => progress.push(done),
    })
    expect(await contents(file)).toEqual(bytesOf('0', 10 * block))
    expect(progress.at(-1)).toBe(10 * block)
    // It gave up twice, and was read as it came then.
    expect(node.countOf(/network\/stream$/)).toBe(1)
  })

  it('tells how far a slow download is, and is ended by its signal at the node, too', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open({ slow: 15 })
    const controller = new AbortController()
    const seen: number[] = []
    const fetched = engine.fetch(communityA, set.link, entryOf(set, 0), {
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done)
        if (done >= block) controller.abort()
      },
    })
    await expect(fetched).rejects.toMatchObject({ code: 'aborted' })
    await expect.poll(() => node.working).toBe(0)
    expect(node.countOf(/^DELETE .*network/)).toBe(1)
    expect(await contents(await engine.fetch(communityA, set.link, entryOf(set, 0)))).toHaveLength(10 * block)
  })

  it('is given up without harm where a node cannot cancel, and begun again later', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open({ slow: 15 })
    node.quirks.noCancel = true
    const controller = new AbortController()
    const fetched = engine.fetch(communityA, set.link, entryOf(set, 0), {
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(),
    })
    await expect(fetched).rejects.toMatchObject({ code: 'aborted' })
    expect(await contents(await engine.fetch(communityA, set.link, entryOf(set, 0)))).toHaveLength(10 * block)
  })

  it('never begins in an old node what it could not end there', async () => {
    const open = neighbourhood({ flavour: 'codex' })
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open({ slow: 15 })
    const controller = new AbortController()
    const fetched = engine.fetch(communityA, set.link, entryOf(set, 0), {
      signal: controller.signal,
      onProgress: ({ done }) => done >= block && controller.abort(),
    })
    await expect(fetched).rejects.toMatchObject({ code: 'aborted' })
    expect(node.countOf(/^POST/)).toBe(0)
  })

  it('R5.3 refuses bytes that are not those of the CID, and takes them once they are', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open()
    node.quirks.wrongBlock = 6
    const fetch = () => engine.fetch(communityA, set.link, entryOf(set, 0), { timeout: 300 })
    await expect(fetch()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('of the CID') })
    delete node.quirks.wrongBlock
    expect(await contents(await fetch())).toEqual(bytesOf('0', 10 * block))
  })

  it('refuses a description that does not belong to the CID before any byte is asked for', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open()
    const other = node.kept.get(node.keep(bytesOf('x', 50), { filename: 'archive-data.bin' }))?.description
    for (const described of [
      other,
      { ...other, datasetSize: 2 ** 60 },
      { ...other, treeCid: 'z1' },
      { protected: true },
    ]) {
      node.quirks.instead = {
        path: /manifest$/,
        answer: (_, response) => response.end(JSON.stringify({ cid: set.link, manifest: described })),
      }
      await expect(engine.openIndex(communityA, set.link, { timeout: 60 })).rejects.toMatchObject({
        code: expect.stringMatching(/^(unavailable|timeout)$/),
      })
    }
    expect(node.countOf(/^GET .*(stream|zDv[^/]*)$/)).toBe(0)
  })

  it('goes on when the node was away in the middle of it, and has become one of another generation', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open({ slow: 10 })
    const begun = Promise.withResolvers<void>()
    const fetched = engine.fetch(communityA, set.link, entryOf(set, 0), {
      timeout: 20_000,
      onProgress: ({ done }) => done >= block && begun.resolve(),
    })
    await begun.promise
    await node.stop()
    await statusWhere(engine, ({ error }) => error.includes('cannot be used'))
    node.flavour = 'codex'
    await node.start()
    expect(await contents(await fetched)).toEqual(bytesOf('0', 10 * block))
    await statusWhere(engine, ({ error, node: found }) => error === '' && found?.version === 'v0.2.1')
  })

  it('has the node told of peers that were named, within reach, when it is there and again when it comes back', async () => {
    const { engine, node } = await neighbourhood()()
    const peer = '16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ'
    const near = `/ip4/127.0.0.1/tcp/9/p2p/${peer}`
    engine.addPeers(communityA, [`/ip4/8.8.8.8/tcp/9/p2p/${peer}`, near, 'nonsense', `/dns4/x.test/tcp/9/p2p/${peer}`])
    await expect.poll(() => node.connected).toEqual([{ peer, addresses: [near] }])
    await node.stop()
    await statusWhere(engine, ({ error }) => error !== '')
    await node.start()
    await expect.poll(() => node.connected.length).toBe(2)
  })

  it('has the node told of peers that a person entered, also by a signed record, whatever is fetched', async () => {
    const key = await generateKeyPair('secp256k1')
    const record = new PeerRecord({
      peerId: peerIdFromPrivateKey(key),
      multiaddrs: [multiaddr('/ip4/127.0.0.1/tcp/7'), multiaddr('/ip4/8.8.8.8/tcp/7')],
    })
    const sealed = (await RecordEnvelope.seal(record, key)).marshal()
    const peer = '16Uiu2HAmPLe7Mzm8TsYUubgCAW1aJoeFScxrLj8ppHFivPo97bUZ'
    const near = `/ip4/127.0.0.1/tcp/9/p2p/${peer}`
    const peers = [`spr:${Buffer.from(sealed).toString('base64url')}`, near, `spr:${'A'.repeat(60)}`]
    const { node } = await neighbourhood()({}, { peers })
    const signer = record.peerId.toString()
    await expect
      .poll(() => node.connected.toSorted((a, b) => a.addresses.join().localeCompare(b.addresses.join())))
      .toEqual([
        { peer: signer, addresses: [`/ip4/127.0.0.1/tcp/7/p2p/${signer}`] },
        { peer, addresses: [near] },
      ])
  })
})

describe('what we publish', () => {
  it.each(['v0', 'storage03', 'codex'] as const)(
    'is known by the CID that a node writes in the form %s',
    async (format) => {
      const open = neighbourhood({ format })
      const owner = await open()
      const first = await publish(owner.engine, [5000])
      const second = await owner.engine.publish(
        communityA,
        first,
        [await stage(temporaryFolder(), 7, 3 * block)],
        plainCodec,
      )
      for (const { locator } of second.entries)
        expect(owner.node.isWhole(locator.kind === 'codex' ? locator.cid : '')).toBe(true)
      expect(owner.node.isWhole(second.link)).toBe(true)
      const { engine } = await open()
      expect(await plainCodec.decode(await engine.openIndex(communityA, second.link))).toEqual(second.entries)
      expect(await contents(await engine.fetch(communityA, second.link, entryOf(second, 1)))).toHaveLength(3 * block)
    },
  )

  it.each([
    ['says so', false],
    ['breaks the connection before it is heard', true],
  ])('goes to a node that does not know its type, without the type, where it %s', async (_how, slams) => {
    const open = neighbourhood()
    const owner = await open()
    Object.assign(owner.node.quirks, { types: [], slams })
    const set = await publish(owner.engine, ten)
    const { engine } = await open()
    expect(await contents(await engine.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(bytesOf('0', 10 * block))
  })

  it('does not fit into a node that is full: that is said, and mended by itself once there is room', async () => {
    const root = temporaryFolder()
    const owner = await neighbourhood()({ quota: 8 * block }, { root })
    const staged = [await stage(temporaryFolder(), 0, 10 * block)]
    const full = { code: 'no-space', retryable: true, message: expect.stringContaining('Raise its quota') }
    await expect(owner.engine.publish(communityA, null, staged, plainCodec)).rejects.toMatchObject(full)
    owner.node.quota = 100 * block
    const set = await owner.engine.publish(communityA, null, staged, plainCodec)
    const cid = entryOf(set, 0).locator.kind === 'codex' ? set.link : ''
    owner.node.expire(cid, 'all')
    owner.node.quota = block
    await expect(owner.engine.seed(communityA, set.link, true)).rejects.toMatchObject(full)
    await statusWhere(owner.engine, ({ error }) => error.includes('is full'))
    owner.node.quota = 100 * block
    await statusWhere(owner.engine, ({ error }) => error === '')
    expect(owner.node.isWhole(cid)).toBe(true)
  })

  it.each([
    ['all of it is gone', 'all', {}],
    ['its blocks are gone, and `exists` still says yes', 'blocks', { rereadAfter: 0 }],
    ['one block is gone', 0, { rereadAfter: 0 }],
  ] as const)('is uploaded again when %s', async (_how, which, settings) => {
    const owner = await neighbourhood()({}, { round: 30, ...settings })
    const set = await publish(owner.engine, ten)
    const cids = [set.link, ...set.entries.map(({ locator }) => (locator.kind === 'codex' ? locator.cid : ''))]
    for (const cid of cids) owner.node.expire(cid, which)
    await expect.poll(() => cids.every((cid) => owner.node.isWhole(cid)), { timeout: 5000 }).toBe(true)
    expect(owner.engine.status().error).toBe('')
  })

  it('is uploaded anew before a node takes it for old', async () => {
    const owner = await neighbourhood()({}, { round: 20, renewAfter: 50 })
    await publish(owner.engine, [10])
    await expect.poll(() => owner.node.countOf(/^POST .*data$/), { timeout: 5000 }).toBeGreaterThan(4)
  })

  it('R1.7 stays unpublished while no node is there, and is published when one comes', async () => {
    const node = await FakeStorageNode.start()
    await node.stop()
    const engine = await startExternal(node)
    expect(engine.status()).toMatchObject({ state: 'running', error: expect.stringContaining('nothing listens there') })
    const staged = [await stage(temporaryFolder(), 0, 10)]
    await expect(engine.publish(communityA, null, staged, plainCodec)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('Start it, or correct its address'),
    })
    await node.start()
    await statusWhere(engine, ({ error }) => error === '')
    const set = await engine.publish(communityA, null, staged, plainCodec)
    expect(node.isWhole(set.link)).toBe(true)
  })

  it('goes into another node, too, that takes the place of the first', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    await owner.node.stop()
    await expect(owner.engine.seed(communityA, set.link, true)).rejects.toMatchObject({ code: 'unavailable' })
    const other = await FakeStorageNode.start({ port: Number(new URL(owner.node.url).port) })
    await expect.poll(() => other.isWhole(set.link), { timeout: 5000 }).toBe(true)
    // What is here can be read without any node.
    await other.stop()
    expect(await contents(await owner.engine.fetch(communityA, set.link, entryOf(set, 0)))).toHaveLength(10 * block)
  })

  it('cannot go under its CID into a node that writes another form, which is said', async () => {
    const owner = await neighbourhood()()
    const set = await publish(owner.engine, ten)
    owner.node.expire(set.link, 'all')
    owner.node.format = 'codex'
    await expect(owner.engine.seed(communityA, set.link, true)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('another form'),
    })
  })

  it('is let go of by a node that was away when the link was removed', async () => {
    const open = neighbourhood()
    const owner = await open()
    const set = await publish(owner.engine, ten)
    const { engine, node } = await open()
    await engine.fetch(communityA, set.link, entryOf(set, 0))
    await node.stop()
    await engine.remove(communityA, set.link)
    expect(node.kept.size).toBeGreaterThan(0)
    await node.start()
    await expect.poll(() => node.kept.size, { timeout: 5000 }).toBe(0)
    expect(owner.node.isWhole(set.link)).toBe(true)
  })
})

describe('something that is no node', () => {
  const refused: readonly (readonly [
    string,
    string,
    (path: string) => { readonly status?: number; readonly body: string },
  ])[] = [
    ['another program', 'something else', () => ({ status: 404, body: 'no' })],
    ['one that answers no JSON', 'no JSON', () => ({ body: '<html>' })],
    ['one that answers another shape', 'not what such a node answers', () => ({ body: '{"id":5}' })],
    ['one that nests without end', 'nested too deeply', () => ({ body: '['.repeat(100_000) })],
    ['one that answers without end', 'more than 1048576 bytes', () => ({ body: ' '.repeat(3 * 1024 * 1024) })],
    ['one that sends elsewhere', 'a redirect', () => ({ status: 302, body: '' })],
  ]
  it.each(refused)('%s is not used, and why is said', async (_what, why, answer) => {
    let elsewhere = 0
    const target = createServer((_, response) => {
      elsewhere += 1
      response.end()
    }).listen(0, '127.0.0.1')
    const server = createServer((request, response) => {
      const { status = 200, body } = answer(request.url ?? '')
      response.writeHead(status, { location: `http://127.0.0.1:${(target.address() as AddressInfo).port}/` })
      response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const engine = await startExternal({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
      expect(engine.status().error).toContain(why)
      await expect(
        engine.openIndex(communityA, 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz' as ArchiveLink, {
          timeout: 1,
        }),
      ).rejects.toMatchObject({ code: 'unavailable' })
      expect(elsewhere).toBe(0)
    } finally {
      for (const each of [server, target]) {
        each.closeAllConnections()
        each.close()
      }
    }
  })

  it('another computer is not asked unless that was allowed', async () => {
    const engine = await startExternal({ url: 'http://192.0.2.1:8080' })
    expect(engine.status()).toMatchObject({ state: 'running', error: expect.stringContaining('has not been allowed') })
  })
})
