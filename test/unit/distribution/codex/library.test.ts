import { createReadStream, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { reachable, readHint } from '../../../../src/main/distribution/codex/embedded/address.ts'
import { toEngineError } from '../../../../src/main/distribution/codex/embedded/errors.ts'
import { Library } from '../../../../src/main/distribution/codex/embedded/library.ts'
import { codexSettings } from '../../../../src/main/distribution/codex/embedded/settings.ts'
import { decodeManifest, WireError } from '../../../../src/main/wire/index.ts'
import { bytesOf, communityA, communityB, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536
const libraries: Library[] = []
afterEach(() => {
  for (const library of libraries.splice(0)) library.close()
})
async function open(root = temporaryFolder()): Promise<Library> {
  const library = await Library.open(root)
  libraries.push(library)
  return library
}
const close = (library: Library) => {
  libraries.splice(libraries.indexOf(library), 1)
  library.close()
}

function store(library: Library, bytes: Uint8Array, community = communityA) {
  const file = join(temporaryFolder(), 'staged')
  writeFileSync(file, bytes)
  const options = { community, filename: 'a.bin', mimetype: 'application/octet-stream', format: 'v0' } as const
  return library.store(createReadStream(file, { highWaterMark: 100_000 }), options)
}

const files = (library: Library) => readdirSync(join(library.root, 'datasets'))

describe('the library', () => {
  it('keeps what was stored, by the CID of its manifest and the root of its tree', async () => {
    const library = await open()
    const bytes = bytesOf('one', 2 * block + 5)
    const { cid, size } = await store(library, bytes)
    expect(size).toBe(bytes.length)
    const manifest = library.catalogue.manifest(cid)
    expect(decodeManifest(manifest?.bytes ?? new Uint8Array())).toMatchObject({ size, filename: 'a.bin', format: 'v0' })
    const dataset = library.datasetOf(cid)
    expect(dataset?.check()).toBe(true)
    expect(Buffer.from(dataset?.read(2) ?? [])).toEqual(
      Buffer.concat([bytes.subarray(2 * block), Buffer.alloc(block - 5)]),
    )
    expect(library.datasetsOfRoot(dataset?.root ?? new Uint8Array())).toEqual([dataset])
    expect(library.datasetOf('zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz')).toBeNull()
    expect((await store(library, bytes)).cid).toBe(cid)
    expect(files(library)).toHaveLength(1)
    await expect(store(library, new Uint8Array())).rejects.toThrow('at least one byte')
    expect(readdirSync(join(library.root, 'incoming'))).toEqual([])
  })

  it('has few files open however many datasets it serves, whoever holds them, and loses nothing by that', async () => {
    const library = await open()
    const datasets = []
    for (let week = 0; week < 16; week += 1) {
      const { cid } = await store(library, bytesOf(`week ${week}`, 1000 + week))
      const dataset = library.datasetOf(cid)
      if (dataset !== null) datasets.push(dataset)
    }
    const descriptors = () => readdirSync('/dev/fd').length
    for (const dataset of datasets) dataset.close()
    const before = descriptors()
    // Peers ask for one and another, by the objects that the exchange keeps.
    for (let round = 0; round < 3; round += 1)
      for (const [week, dataset] of datasets.entries())
        expect(Buffer.from(dataset.read(0) ?? []).subarray(0, 1000 + week)).toEqual(
          bytesOf(`week ${week}`, 1000 + week),
        )
    expect(descriptors() - before).toBeLessThanOrEqual(8)
    // One that is closed while the disk is being waited for is closed after that, and once.
    const [first, ...others] = datasets
    const waiting = [first?.sync(), first?.sync()]
    for (const dataset of others) dataset.read(0)
    waiting.push(first?.sync())
    for (const dataset of others) dataset.read(0)
    await Promise.all(waiting)
    for (const dataset of datasets) dataset.close()
    expect(descriptors()).toBe(before)
  })

  it('notes the blocks of a download, and believes none that are not right', async () => {
    const root = temporaryFolder()
    const bytes = bytesOf('two', 5 * block)
    const source = await open()
    const { cid } = await store(source, bytes)
    const whole = source.datasetOf(cid)
    const manifest = source.catalogue.manifest(cid)?.bytes ?? new Uint8Array()
    if (whole === null) throw new Error('nothing was stored')

    const library = await open(root)
    library.hold(communityA, cid, [])
    const part = library.adopt(cid, manifest, decodeManifest(manifest))
    for (const index of [4, 1, 2]) {
      expect(part.tree.absorb(index, whole.tree.leaf(index), whole.tree.proof(index), part.root)).toBe(true)
      part.write(index, whole.read(index) ?? new Uint8Array(block))
    }
    // Claimed, and never written: as after a power cut.
    part.tree.absorb(0, whole.tree.leaf(0), whole.tree.proof(0), part.root)
    part.have.add(0)
    library.noteProgress(part)
    close(library)

    const again = await open(root)
    const found = again.datasetOf(cid)
    expect([0, 1, 2, 3, 4].filter((index) => found?.have.has(index))).toEqual([1, 2, 4])
    expect(found?.bytesHeld).toBe(3 * block)
    expect(found?.tree.proof(4)).toEqual(whole.tree.proof(4))
    expect(found?.check()).toBe(false)
    for (const index of [0, 3]) {
      found?.tree.absorb(index, whole.tree.leaf(index), whole.tree.proof(index), whole.root)
      found?.write(index, whole.read(index) ?? new Uint8Array(block))
    }
    if (found) await again.complete(found)
    expect(again.catalogue.dataset(found?.key ?? '')?.complete).toBe(1)
    expect(found?.check()).toBe(true)
  })

  it('clears away at its start what a crash left: files that nothing names, and what nobody holds', async () => {
    const root = temporaryFolder()
    const library = await open(root)
    const held = await store(library, bytesOf('held', 10))
    library.catalogue.publish(communityA, held.cid, [], '')
    writeFileSync(join(root, 'datasets', 'stray'), 'x')
    writeFileSync(join(root, 'incoming', 'half'), 'x')
    close(library)
    const again = await open(root)
    expect(files(again)).toHaveLength(1)
    expect(existsSync(join(root, 'incoming', 'half'))).toBe(false)
  })

  it('holds a draft until it is published or another is begun', async () => {
    const library = await open()
    library.catalogue.beginDraft(communityA)
    const one = await store(library, bytesOf('one', 10))
    await store(library, bytesOf('two', 10), communityB)
    expect(library.catalogue.reclaim()).toEqual([])
    expect(library.catalogue.links(communityA)).toEqual([])
    const row = library.catalogue.publish(communityA, one.cid, [one.cid], 'record')
    expect(library.catalogue.links(communityA)).toEqual([row])
    expect(row).toMatchObject({ published: 1, record: 'record' })
    library.catalogue.beginDraft(communityB)
    expect(library.catalogue.reclaim()).toHaveLength(1)
    expect(library.datasetOf(one.cid)).not.toBeNull()
  })

  it('is one program’s at a time', async () => {
    const library = await open()
    await expect(Library.open(library.root)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })
})

describe('hints', () => {
  const id = '16Uiu2HAmVo4gScJ5PNBdjCvTt6sxnpqZWrdGBTBwHFtLB8xiiwK5'
  it.each([
    [`/ip4/127.0.0.1/tcp/4001/p2p/${id}`, 'machine', true],
    [`/ip6/::1/tcp/4001/p2p/${id}`, 'machine', true],
    [`/ip4/192.168.1.2/tcp/4001/p2p/${id}`, 'machine', false],
    [`/ip4/192.168.1.2/tcp/4001/p2p/${id}`, 'lan', true],
    [`/ip4/1.2.3.4/tcp/4001/p2p/${id}`, 'lan', false],
    [`/ip4/1.2.3.4/tcp/4001/p2p/${id}`, 'internet', true],
    [`/ip4/127.0.0.1/tcp/4001/p2p/${id}`, 'internet', false],
    [`/ip4/127.0.0.1/tcp/4001`, 'machine', false],
    [`/ip4/127.0.0.1/tcp/4001/ws/p2p/${id}`, 'machine', false],
    [`/ip4/127.0.0.1/udp/4001/p2p/${id}`, 'machine', false],
    [`/dns4/localhost/tcp/4001/p2p/${id}`, 'machine', false],
    [`/ip4/127.0.0.1/tcp/0/p2p/${id}`, 'machine', false],
    [`/ip4/127.0.0.1/tcp/70000/p2p/${id}`, 'machine', false],
    [`/ip4/127.0.0.1/tcp/4001/p2p/nobody`, 'machine', false],
    [`/ip4/127.0.0.1/tcp/4001/p2p/${id}/p2p-circuit`, 'machine', false],
    ['127.0.0.1:4001', 'machine', false],
  ] as const)('%s within %s: %s', (hint, reach, dialled) => {
    expect(readHint(hint, reach)).toEqual(dialled ? { peer: id, address: hint } : null)
  })

  it('are believed about those who come to us as about those we dial', () => {
    expect(reachable('/ip4/127.0.0.1/tcp/50000', 'machine')).toBe(true)
    expect(reachable('/ip4/10.0.0.1/tcp/50000', 'machine')).toBe(false)
    expect(reachable('/dns4/x/tcp/1', 'internet')).toBe(false)
  })
})

describe('defaults and failures', () => {
  it('listen on this machine alone', () => {
    expect(codexSettings({ root: '/x' })).toMatchObject({ bindHost: '127.0.0.1', reach: 'machine', format: 'v0' })
    expect(codexSettings({ root: '/x', reach: 'lan' }).bindHost).toBeNull()
  })

  it.each([
    [new WireError('BAD_CID', 'no CID'), 'unsupported', false],
    [new WireError('ERASURE_CODED', 'coded'), 'unsupported', false],
    [new WireError('TOO_LARGE', 'long'), 'too-large', false],
    [new WireError('BAD_MANIFEST', 'lies'), 'corrupt', false],
    [Object.assign(new Error('full'), { code: 'ENOSPC' }), 'no-space', true],
    [Object.assign(new Error('gone'), { name: 'RpcError', code: 'gone' }), 'unavailable', true],
    [Object.assign(new Error('broken'), { name: 'SqliteError', code: 'SQLITE_CORRUPT' }), 'unavailable', false],
    [new DOMException('stop', 'AbortError'), 'aborted', false],
  ])('say %s as %s', (error, code, retryable) => {
    expect(toEngineError(error, 'work')).toMatchObject({ name: 'EngineError', code, retryable })
  })
})
