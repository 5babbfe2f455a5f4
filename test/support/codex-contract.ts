/**
 * What every Codex engine has to do, whichever way its datasets travel: the tests of publishing, fetching and removing
 * that the embedded and the external engine have in common.
 */
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DistributionEngine } from '../../src/main/distribution/engine.ts'
import type { ArchiveLink } from '../../src/shared/domain.ts'
import { contents, entryOf, publish, statusWhere } from './codex-engines.ts'
import { bytesOf, communityA, communityB, plainCodec, stage, temporaryFolder } from './torrent.ts'

export interface EnginesOfAKind {
  /** A started engine in `root`, with whatever it needs; the same for the same root. */
  open(options?: { readonly root?: string }): Promise<DistributionEngine>
  /** One that finds these. */
  member(owners: readonly DistributionEngine[], options?: { readonly root?: string }): Promise<DistributionEngine>
  /** Ends it, and everything that serves for it. */
  silence(engine: DistributionEngine): Promise<void>
}

const block = 65_536
const filesOf = async (root: string) => (await readdir(join(root, 'datasets'))).length

export function codexEngineContract(kind: string, engines: EnginesOfAKind): void {
  describe(`publishing by ${kind}`, () => {
    it('is restored by another node, one archive and then all of them, byte for byte', async () => {
      const lengths = [5_000, block, 3 * block + 17, 2 * block]
      const owner = await engines.open()
      const set = await publish(owner, lengths)
      expect(set.link).toMatch(/^zDv/)
      expect(set.committedBytes).toBe(lengths.reduce((sum, length) => sum + length, 0))
      const member = await engines.member([owner])
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
      const owner = await engines.open({ root: ownerRoot })
      const first = await publish(owner, [50_000, 3 * block])
      const member = await engines.member([owner], { root: memberRoot })
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
      const owner = await engines.open({ root })
      const first = await publish(owner, [10])
      const staged = [await stage(staging, 1, 3 * block), await stage(staging, 2, 10)]
      const second = await owner.publish(communityA, first, staged, plainCodec)
      expect(await owner.publish(communityA, first, staged, plainCodec)).toEqual(second)
      await owner.stop()
      const again = await engines.open({ root })
      expect(await again.publish(communityA, first, staged, plainCodec)).toEqual(second)
      expect(await filesOf(root)).toBe(5)
    })

    it('R1.4 drops an index when the publication after the next is served, and never an archive', async () => {
      const [root, staging] = [temporaryFolder(), temporaryFolder()]
      const owner = await engines.open({ root })
      const first = await publish(owner, [10])
      const second = await owner.publish(communityA, first, [await stage(staging, 1, 10)], plainCodec)
      const third = await owner.publish(communityA, second, [await stage(staging, 2, 10)], plainCodec)
      expect(await filesOf(root)).toBe(3 + 2)
      const late = await engines.member([owner])
      await expect(late.openIndex(communityA, first.link, { timeout: 300 })).rejects.toMatchObject({ code: 'timeout' })
      for (const set of [second, third])
        expect(await plainCodec.decode(await late.openIndex(communityA, set.link))).toEqual(set.entries)
      for (const entry of third.entries) await late.fetch(communityA, third.link, entry)
    })

    it('serves nothing that it was told to stop serving, until it is told to go on', async () => {
      const owner = await engines.open()
      const set = await publish(owner, [2 * block])
      await owner.seed(communityA, set.link, false)
      const member = await engines.member([owner])
      await expect(member.openIndex(communityA, set.link, { timeout: 300 })).rejects.toMatchObject({
        code: 'timeout',
        retryable: true,
      })
      const waiting = member.openIndex(communityA, set.link)
      await owner.seed(communityA, set.link, true)
      expect(await plainCodec.decode(await waiting)).toEqual(set.entries)
      await expect(owner.seed(communityA, '/ip4/127.0.0.1/tcp/1' as ArchiveLink, true)).rejects.toMatchObject({
        code: 'unsupported',
      })
    })

    it('refuses to continue what is not here, a staged file of another length, and nothing at all', async () => {
      const owner = await engines.open()
      const other = await engines.open()
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
      const owner = await engines.open({ root })
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
  })

  describe(`fetching by ${kind}`, () => {
    it('joins an equal fetch that is already running: the bytes come once', async () => {
      const owner = await engines.open()
      const set = await publish(owner, [100 * block])
      const member = await engines.member([owner])
      const files = await Promise.all([1, 2, 3].map(() => member.fetch(communityA, set.link, entryOf(set, 0))))
      expect(new Set(files.map(({ path }) => path)).size).toBe(1)
      await statusWhere(member, ({ downloaded }) => downloaded === 100 * block)
    })

    it('§13.5 gives up after the time it was given without progress, and says so', async () => {
      const owner = await engines.open()
      const set = await publish(owner, [3 * block])
      const lonely = await engines.open()
      await expect(lonely.openIndex(communityA, set.link, { timeout: 300 })).rejects.toMatchObject({
        code: 'timeout',
        retryable: true,
      })
      const member = await engines.member([owner])
      await member.openIndex(communityA, set.link)
      await engines.silence(owner)
      await expect(member.fetch(communityA, set.link, entryOf(set, 0), { timeout: 300 })).rejects.toMatchObject({
        code: 'timeout',
      })
    })

    it('passes on what it fetched once it seeds', async () => {
      const owner = await engines.open()
      const set = await publish(owner, [3 * block + 5])
      const member = await engines.member([owner])
      await member.openIndex(communityA, set.link)
      await member.fetch(communityA, set.link, entryOf(set, 0))
      await engines.silence(owner)
      await member.seed(communityA, set.link, true)
      const status = await statusWhere(member, ({ transfers }) => transfers.some(({ seeding }) => seeding))
      expect(status.transfers).toMatchObject([{ communityId: communityA, link: set.link, seeding: true }])
      expect(status.transfers[0]?.bytesDone).toBe(status.transfers[0]?.bytesTotal)
      const late = await engines.member([member])
      await late.openIndex(communityA, set.link)
      expect(await contents(await late.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(
        bytesOf('0', 3 * block + 5),
      )
    })

    it('R5.3 brings an archive again that was lost or spoiled on its disk', async () => {
      const root = temporaryFolder()
      const owner = await engines.open()
      const set = await publish(owner, [3 * block])
      const member = await engines.member([owner], { root })
      const { path } = await member.fetch(communityA, set.link, entryOf(set, 0))
      for (const damage of [() => rm(path), () => writeFile(path, bytesOf('other', 3 * block))]) {
        await member.stop()
        await damage()
        await member.start()
        const file = await member.fetch(communityA, set.link, entryOf(set, 0))
        expect(await contents(file)).toEqual(bytesOf('0', 3 * block))
      }
    })

    it('says that another program has its folder, and that it does not run', async () => {
      const root = temporaryFolder()
      const owner = await engines.open({ root })
      await expect(engines.open({ root })).rejects.toMatchObject({ name: 'EngineError', code: 'unavailable' })
      const set = await publish(owner, [10])
      await owner.stop()
      await owner.stop()
      expect(owner.status()).toMatchObject({ state: 'stopped', addresses: [], transfers: [] })
      await expect(owner.openIndex(communityA, set.link)).rejects.toMatchObject({ code: 'unavailable' })
    })
  })

  describe(`removing by ${kind}`, () => {
    it('deletes what no other link holds', async () => {
      const root = temporaryFolder()
      const owner = await engines.open()
      const set = await publish(owner, [2 * block, 10])
      const member = await engines.member([owner], { root })
      await member.openIndex(communityA, set.link)
      for (const entry of set.entries) await member.fetch(communityA, set.link, entry)
      member.addPeers(communityB, owner.status().addresses)
      await member.fetch(communityB, set.link, entryOf(set, 0))
      expect(await filesOf(root)).toBe(3)
      await member.remove(communityA, set.link)
      await member.remove(communityA, set.link)
      // The index and the archive that are held for the other community.
      expect(await filesOf(root)).toBe(2)
      await member.remove(communityB, set.link)
      expect(await filesOf(root)).toBe(0)
      await expect(member.seed(communityA, set.link, true)).rejects.toMatchObject({ code: 'not-found' })
    })

    it('leaves to a newer link what the older one fetched', async () => {
      const root = temporaryFolder()
      const owner = await engines.open()
      const first = await publish(owner, [2 * block])
      const member = await engines.member([owner], { root })
      await member.openIndex(communityA, first.link)
      await member.fetch(communityA, first.link, entryOf(first, 0))
      const second = await owner.publish(communityA, first, [await stage(temporaryFolder(), 5, 10)], plainCodec)
      await member.openIndex(communityA, second.link)
      await member.fetch(communityA, second.link, entryOf(second, 1))
      await member.seed(communityA, second.link, true)
      await member.remove(communityA, first.link)
      expect(await filesOf(root)).toBe(3)
      await owner.stop()
      const late = await engines.member([member])
      for (const entry of second.entries) await late.fetch(communityA, second.link, entry)
    })

    it('never deletes what was published here, unless a newer publication holds it', async () => {
      const root = temporaryFolder()
      const owner = await engines.open({ root })
      const first = await publish(owner, [2 * block])
      await owner.remove(communityA, first.link)
      expect(await filesOf(root)).toBe(2)
      await owner.seed(communityA, first.link, true)
      const second = await owner.publish(communityA, first, [await stage(temporaryFolder(), 1, 10)], plainCodec)
      await owner.remove(communityA, first.link)
      expect(await filesOf(root)).toBe(3)
      await owner.remove(communityA, second.link)
      expect(await filesOf(root)).toBe(3)
      const { path } = await owner.fetch(communityA, second.link, entryOf(second, 0))
      expect(existsSync(path)).toBe(true)
    })

    it('ends a fetch under the link, and knows nothing of a link that was never here', async () => {
      const member = await engines.open()
      const owner = await engines.open()
      const set = await publish(owner, [block])
      const opened = expect(member.openIndex(communityA, set.link)).rejects.toMatchObject({ code: 'aborted' })
      await statusWhere(member, ({ transfers }) => transfers.length === 1)
      await member.remove(communityA, set.link)
      await opened
      await member.remove(communityA, 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz' as ArchiveLink)
    })
  })
}
