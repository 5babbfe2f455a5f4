import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkMetainfo, infoDictionary, infoHash } from '../../../src/main/wire/index.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { contents, nextEvent, placesOf, startEngine, statusWhere } from '../../support/torrent-engines.ts'

const piece = 102_400

const weeks = (folder: string, from: number, lengths: readonly number[]) =>
  Promise.all(lengths.map((length, index) => stage(folder, from + index, length)))

describe('publishing', () => {
  it('is restored by another node, one archive and then all of them, byte for byte', async () => {
    const owner = await startEngine()
    const member = await startEngine()
    const lengths = [5_000, piece, 3 * piece + 17, 2 * piece]
    const set = await owner.publish(communityA, null, await weeks(temporaryFolder(), 0, lengths), plainCodec)
    expect(set.link).toContain('x.pe=127.0.0.1:')
    expect(set.committedBytes).toBe((1 + 1 + 4 + 3) * piece)

    const index = await member.openIndex(communityA, set.link)
    const entries = await plainCodec.decode(index)
    expect(entries).toEqual(set.entries)
    expect(member.status().downloaded).toBe(index.length)

    const third = entries[2]
    if (third === undefined) throw new Error('no third entry')
    const seen: number[] = []
    const file = await member.fetch(communityA, set.link, third, { onProgress: ({ done }) => seen.push(done) })
    expect(await contents(file)).toEqual(bytesOf('2', lengths[2] ?? 0))
    expect(member.status().downloaded).toBe(index.length + 4 * piece)
    expect(seen.at(-1)).toBe(4 * piece)

    const files = await Promise.all(entries.map((entry) => member.fetch(communityA, set.link, entry)))
    for (const [week, found] of files.entries())
      expect(await contents(found)).toEqual(bytesOf(`${week}`, lengths[week] ?? 0))
    expect(member.status().downloaded).toBe(index.length + set.committedBytes)
    await statusWhere(owner, ({ uploaded }) => uploaded === index.length + set.committedBytes)
  })

  it('R1.4 hashes, and a member downloads, only the new archives and the index', async () => {
    const [ownerRoot, memberRoot, staging] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root: ownerRoot })
    const member = await startEngine({ root: memberRoot })
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [50_000, 3 * piece]), plainCodec)
    const firstIndex = await plainCodec.encode(first.entries)
    expect(owner.status().hashed).toBe(5 * piece + firstIndex.length)
    for (const entry of first.entries) await member.fetch(communityA, first.link, entry)
    const before = member.status().downloaded

    const second = await owner.publish(communityA, first, await weeks(staging, 2, [200_000]), plainCodec)
    const secondIndex = await plainCodec.encode(second.entries)
    expect(owner.status().hashed).toBe(5 * piece + firstIndex.length + 2 * piece + secondIndex.length)
    expect(second.entries.slice(0, 2)).toEqual(first.entries)

    const index = await member.openIndex(communityA, second.link)
    expect(Buffer.from(index)).toEqual(Buffer.from(secondIndex))
    for (const entry of second.entries) {
      const file = await member.fetch(communityA, second.link, entry)
      expect(await contents(file)).toHaveLength(file.length)
    }
    expect(member.status().downloaded - before).toBe(2 * piece + secondIndex.length)
    for (const root of [ownerRoot, memberRoot]) {
      const inodes = await Promise.all([1, 2].map(async (n) => (await stat(placesOf(root, communityA, n).data)).ino))
      expect(inodes[0]).toBe(inodes[1])
    }
  })

  it('R1.4 leaves the older torrent as it was: it covers its own length of the shared file', async () => {
    const staging = temporaryFolder()
    const owner = await startEngine()
    const early = await startEngine()
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [3 * piece]), plainCodec)
    await early.openIndex(communityA, first.link)
    const second = await owner.publish(communityA, first, await weeks(staging, 1, [3 * piece]), plainCodec)
    expect(owner.status().transfers.map(({ seeding }) => seeding)).toEqual([true, true])

    // A member in the middle of the first goes on, and another begins with it only now.
    const late = await startEngine()
    for (const member of [early, late]) {
      const index = await member.openIndex(communityA, first.link)
      expect(await plainCodec.decode(index)).toEqual(first.entries)
      for (const entry of first.entries)
        expect(await contents(await member.fetch(communityA, first.link, entry))).toEqual(bytesOf('0', 3 * piece))
      for (const entry of second.entries) await member.fetch(communityA, second.link, entry)
    }
  })

  it('R1.4 drops a folder when the publication after the next is served', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root })
    let set = await owner.publish(communityA, null, await weeks(staging, 0, [10]), plainCodec)
    const folders = async () => (await readdir(join(root, communityA))).toSorted()
    set = await owner.publish(communityA, set, await weeks(staging, 1, [10]), plainCodec)
    expect(await folders()).toEqual(['1', '2'])
    set = await owner.publish(communityA, set, await weeks(staging, 2, [10]), plainCodec)
    expect(await folders()).toEqual(['2', '3'])
    expect(owner.status().transfers).toHaveLength(2)
    const member = await startEngine()
    for (const entry of set.entries)
      expect(await contents(await member.fetch(communityA, set.link, entry))).toHaveLength(10)
  })

  it('writes the newest metainfo beside the folders, with the trackers and the maker configured', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({
      root,
      createdBy: 'a test',
      discovery: { trackers: ['http://127.0.0.1:9/announce'] },
    })
    const set = await owner.publish(communityA, null, await weeks(staging, 0, [10]), plainCodec)
    const file = await readFile(join(root, `${communityA}.torrent`))
    const info = checkMetainfo(file, communityA)
    expect(set.link).toContain(`btih:${infoHash(infoDictionary(info))}`)
    expect(set.link).toContain('tr=http%3A%2F%2F127.0.0.1%3A9%2Fannounce')
    expect(file.toString('latin1')).toContain('created by6:a test')
    expect(info.dataLength).toBe(piece)
  })

  it('gives the same set when the same call is made again', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root })
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [10, 20]), plainCodec)
    const again = await owner.publish(communityA, null, await weeks(staging, 0, [10, 20]), plainCodec)
    expect(again).toEqual(first)
    const staged = await weeks(staging, 2, [30])
    // An index sealed anew has other bytes each time; what was finished counts.
    const sealed = { ...plainCodec, encode: async () => bytesOf(`${Math.random()}`, 500) }
    const second = await owner.publish(communityA, first, staged, sealed)
    expect(await owner.publish(communityA, first, staged, sealed)).toEqual(second)
    expect((await readdir(join(root, communityA))).toSorted()).toEqual(['1', '2'])
  })

  it('R1.2 cuts nothing off that a publication refers to, when an older one is continued otherwise', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root })
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [10]), plainCodec)
    const second = await owner.publish(communityA, first, await weeks(staging, 1, [2 * piece]), plainCodec)
    const other = await stage(staging, 7, 30, 'other')
    const fork = await owner.publish(communityA, first, [other], plainCodec)
    const member = await startEngine()
    for (const set of [second, fork]) for (const entry of set.entries) await member.fetch(communityA, set.link, entry)
    expect(await contents(await member.fetch(communityA, second.link, second.entries[1] ?? fail()))).toEqual(
      bytesOf('1', 2 * piece),
    )
    expect(await contents(await member.fetch(communityA, fork.link, fork.entries[1] ?? fail()))).toEqual(
      bytesOf('other7', 30),
    )
  })

  it('refuses a staged archive that is not as long as it was said to be, and leaves nothing behind', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root })
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [10]), plainCodec)
    const [good, bad] = await weeks(staging, 1, [3 * piece, 20])
    if (good === undefined || bad === undefined) throw new Error('nothing staged')
    await expect(owner.publish(communityA, first, [good, { ...bad, bytes: 21 }], plainCodec)).rejects.toMatchObject({
      name: 'EngineError',
      code: 'corrupt',
    })
    expect(await readdir(join(root, communityA))).toEqual(['1'])
    expect((await stat(placesOf(root, communityA, 1).data)).size).toBe(piece)
    const second = await owner.publish(communityA, first, [good, bad], plainCodec)
    expect(second.committedBytes).toBe((1 + 4 + 1) * piece)
  })

  it('refuses to continue what is not on this disk, and to publish nothing at all', async () => {
    const [owner, other] = [await startEngine(), await startEngine()]
    const staging = temporaryFolder()
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [10]), plainCodec)
    const more = await weeks(staging, 1, [10])
    await expect(other.publish(communityA, first, more, plainCodec)).rejects.toMatchObject({ code: 'not-found' })
    await expect(owner.publish(communityA, null, [], plainCodec)).rejects.toMatchObject({ code: 'unsupported' })
    expect(await owner.publish(communityA, first, [], plainCodec)).toEqual(first)
  })

  it('R1.3 continues a publication that was fetched from others, byte for byte', async () => {
    const staging = temporaryFolder()
    const owner = await startEngine()
    const heir = await startEngine()
    const first = await owner.publish(communityA, null, await weeks(staging, 0, [10, 2 * piece]), plainCodec)
    for (const entry of await plainCodec.decode(await heir.openIndex(communityA, first.link)))
      await heir.fetch(communityA, first.link, entry)
    await owner.stop()
    const second = await heir.publish(communityA, first, await weeks(staging, 2, [10]), plainCodec)
    const member = await startEngine()
    const files = await Promise.all(second.entries.map((entry) => member.fetch(communityA, second.link, entry)))
    expect(await Promise.all(files.map(contents))).toEqual([
      bytesOf('0', 10),
      bytesOf('1', 2 * piece),
      bytesOf('2', 10),
    ])
  })

  it('tells where it stands: transfers, bytes and an orderly end', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const announced = nextEvent(owner, 'status', ({ transfers }) => transfers.length === 1)
    const set = await owner.publish(communityA, null, await weeks(temporaryFolder(), 0, [10]), plainCodec)
    const { transfers, addresses, state } = await announced
    expect(state).toBe('running')
    expect(addresses).toHaveLength(1)
    expect(transfers[0]).toMatchObject({ communityId: communityA, link: set.link, seeding: true })
    expect(transfers[0]?.bytesDone).toBe(transfers[0]?.bytesTotal)
    await owner.stop()
    expect(owner.status()).toMatchObject({ state: 'stopped', transfers: [], addresses: [] })
    expect(existsSync(placesOf(root, communityA, 1).data)).toBe(true)
    await expect(owner.openIndex(communityA, set.link)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

function fail(): never {
  throw new Error('an entry is missing')
}
