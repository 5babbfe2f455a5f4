import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ArchiveLink } from '../../../../src/shared/domain.ts'
import { contents, entryOf, publish, startEngine, startMember, statusWhere } from '../../../support/codex-engines.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536
const filesOf = async (root: string) => (await readdir(join(root, 'datasets'))).length

describe('publishing by Codex', () => {
  it('is restored by another node, one archive and then all of them, byte for byte', async () => {
    const lengths = [5_000, block, 3 * block + 17, 2 * block]
    const owner = await startEngine()
    const set = await publish(owner, lengths)
    expect(set.link).toMatch(/^zDv/)
    expect(set.committedBytes).toBe(lengths.reduce((sum, length) => sum + length, 0))
    const member = await startMember([owner])
    const index = await member.openIndex(communityA, set.link)
    const entries = await plainCodec.decode(index)
    expect(entries).toEqual(set.entries)
    expect(member.status().downloaded).toBeLessThanOrEqual(index.length)

    const seen: number[] = []
    const third = await member.fetch(communityA, set.link, entryOf(set, 2), {
      onProgress: ({ done }) => seen.push(done),
    })
    expect(await contents(third)).toEqual(bytesOf('2', lengths[2] ?? 0))
    expect(seen.at(-1)).toBe(3 * block + 17)

    const files = await Promise.all(entries.map((entry) => member.fetch(communityA, set.link, entry)))
    for (const [week, file] of files.entries())
      expect(await contents(file)).toEqual(bytesOf(`${week}`, lengths[week] ?? 0))
    const total = index.length + set.committedBytes
    await statusWhere(member, ({ downloaded }) => downloaded === total)
    await statusWhere(owner, ({ uploaded, hashed }) => uploaded === total && hashed === total)
  })

  it('hashes, and a member downloads, only the new archives and the index', async () => {
    const [ownerRoot, memberRoot, staging] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root: ownerRoot })
    const first = await publish(owner, [50_000, 3 * block])
    const member = await startMember([owner], { root: memberRoot })
    await member.openIndex(communityA, first.link)
    for (const entry of first.entries) await member.fetch(communityA, first.link, entry)
    const firstBytes = (await plainCodec.encode(first.entries)).length + 50_000 + 3 * block
    await statusWhere(member, ({ downloaded }) => downloaded === firstBytes)

    const second = await owner.publish(communityA, first, [await stage(staging, 2, 200_000)], plainCodec)
    expect(second.entries.slice(0, 2)).toEqual(first.entries)
    const index = await member.openIndex(communityA, second.link)
    expect(Buffer.from(index)).toEqual(Buffer.from(await plainCodec.encode(second.entries)))
    for (const entry of second.entries) await member.fetch(communityA, second.link, entry)
    const bytes = firstBytes + index.length + 200_000
    await statusWhere(member, ({ downloaded }) => downloaded === bytes)
    await statusWhere(owner, ({ hashed }) => hashed === bytes)
    expect(await filesOf(ownerRoot)).toBe(5)
    expect(await filesOf(memberRoot)).toBe(5)
  })

  it('is the same set when the same call is made again', async () => {
    const root = temporaryFolder()
    const staging = temporaryFolder()
    const owner = await startEngine({ root })
    const first = await publish(owner, [10])
    const staged = [await stage(staging, 1, 3 * block), await stage(staging, 2, 10)]
    const second = await owner.publish(communityA, first, staged, plainCodec)
    expect(await owner.publish(communityA, first, staged, plainCodec)).toEqual(second)
    await owner.stop()
    const again = await startEngine({ root })
    expect(await again.publish(communityA, first, staged, plainCodec)).toEqual(second)
    expect(await filesOf(root)).toBe(5)
  })

  it('R1.4 drops an index when the publication after the next is served, and never an archive', async () => {
    const [root, staging] = [temporaryFolder(), temporaryFolder()]
    const owner = await startEngine({ root })
    const first = await publish(owner, [10])
    const second = await owner.publish(communityA, first, [await stage(staging, 1, 10)], plainCodec)
    const third = await owner.publish(communityA, second, [await stage(staging, 2, 10)], plainCodec)
    expect(await filesOf(root)).toBe(3 + 2)
    const late = await startMember([owner])
    await expect(late.openIndex(communityA, first.link, { timeout: 300 })).rejects.toMatchObject({ code: 'timeout' })
    for (const set of [second, third])
      expect(await plainCodec.decode(await late.openIndex(communityA, set.link))).toEqual(set.entries)
    for (const entry of third.entries) await late.fetch(communityA, third.link, entry)
  })

  it('serves nothing that it was told to stop serving, until it is told to go on', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [2 * block])
    await owner.seed(communityA, set.link, false)
    const member = await startMember([owner])
    await expect(member.openIndex(communityA, set.link, { timeout: 300 })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    const waiting = member.openIndex(communityA, set.link)
    await owner.seed(communityA, set.link, true)
    expect(await plainCodec.decode(await waiting)).toEqual(set.entries)
    await expect(owner.seed(communityA, member.status().addresses[0] as ArchiveLink, true)).rejects.toMatchObject({
      code: 'unsupported',
    })
  })

  it('refuses to continue what is not here, a staged file of another length, and nothing at all', async () => {
    const owner = await startEngine()
    const other = await startEngine()
    const set = await publish(owner, [10])
    const staged = await stage(temporaryFolder(), 1, 10)
    await expect(other.publish(communityA, set, [staged], plainCodec)).rejects.toMatchObject({ code: 'not-found' })
    await expect(owner.publish(communityA, set, [{ ...staged, bytes: 11 }], plainCodec)).rejects.toMatchObject({
      code: 'corrupt',
    })
    await expect(owner.publish(communityA, null, [], plainCodec)).rejects.toMatchObject({ code: 'unsupported' })
    expect(await owner.publish(communityA, set, [], plainCodec)).toEqual(set)
  })

  it('that failed or was cancelled leaves nothing behind, and can be tried again', async () => {
    const root = temporaryFolder()
    const staging = temporaryFolder()
    const owner = await startEngine({ root })
    // So much that it is still being stored when the word to stop reaches the engine's thread.
    const staged = [await stage(staging, 0, 3 * block), await stage(staging, 1, 1000 * block)]
    const broken = [...staged, { ...(await stage(staging, 2, 10)), bytes: 11 }]
    await expect(owner.publish(communityA, null, broken, plainCodec)).rejects.toMatchObject({ code: 'corrupt' })
    const controller = new AbortController()
    const cancelled = owner.publish(communityA, null, staged, plainCodec, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 3 * block) controller.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
    expect(await filesOf(root)).toBe(0)
    expect((await owner.publish(communityA, null, staged, plainCodec)).entries).toHaveLength(2)
    expect(await filesOf(root)).toBe(3)
  })

  it('is served again after a restart, when it is told to, at the same address', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [3 * block])
    const [before] = owner.status().addresses
    await owner.stop()
    const again = await startEngine({ root })
    expect(again.status().addresses).toEqual([before])
    await again.seed(communityA, set.link, true)
    const member = await startMember([again])
    expect(await contents(await member.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(bytesOf('0', 3 * block))
  })
})
