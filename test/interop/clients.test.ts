import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DistributionEngine, PublishedSet } from '../../src/main/distribution/engine.ts'
import { aria2, libtorrent, transmission } from '../support/foreign-clients.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../support/torrent.ts'
import { contents, placesOf, startEngine } from '../support/torrent-engines.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'

const lengths = [5_000, 102_400, 2_000_000, 777_777]

let tracker: Tracker
beforeAll(async () => {
  tracker = await startTracker()
})
afterAll(() => tracker.close())

/** A history of two publications, as our own engine seeds it; clients that know no `x.pe` ask the tracker. */
async function published(): Promise<{ owner: DistributionEngine; root: string; set: PublishedSet }> {
  const [root, staging] = [temporaryFolder(), temporaryFolder()]
  const owner = await startEngine({ root, discovery: { trackers: [tracker.url] } })
  const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
  const first = await owner.publish(communityA, null, staged.slice(0, 2), plainCodec)
  const set = await owner.publish(communityA, first, staged.slice(2), plainCodec)
  return { owner, root, set }
}

/** Where a program is not there, the name of its test says why it did not run; on a CI machine that is a failure. */
function interop(missing: string | null, name: string, test: () => Promise<void>): void {
  const isCi = process.env.CI === 'true'
  it.skipIf(missing !== null && !isCi)(missing === null ? name : `${name} (${missing})`, async () => {
    if (missing !== null) throw new Error(`${missing}, and this is a CI machine`)
    await test()
  })
}

describe('from our magnet link, everything we seed is downloaded byte for byte by', () => {
  for (const client of [libtorrent, aria2, transmission])
    interop(client.missing, client.name, async () => {
      const { root, set } = await published()
      expect(set.link).toMatch(/&x\.pe=127\.0\.0\.1:\d+$/)
      const folder = temporaryFolder()
      await client.download(set.link, folder)
      const ours = placesOf(root, communityA, 2)
      for (const name of ['data', 'index'] as const)
        expect((await readFile(join(folder, communityA, name))).equals(await readFile(ours[name]))).toBe(true)
    })

  interop(libtorrent.missing, 'libtorrent by the x.pe hint alone', async () => {
    const { root, set } = await published()
    const folder = temporaryFolder()
    await libtorrent.download(set.link.replace(/&tr=[^&]*/, ''), folder)
    const ours = await readFile(placesOf(root, communityA, 2).data)
    expect((await readFile(join(folder, communityA, 'data'))).equals(ours)).toBe(true)
  })
})

describe('our engine downloads, archive by archive, what is seeded by', () => {
  for (const client of [libtorrent, aria2])
    interop(client.missing, client.name, async () => {
      const { owner, root, set } = await published()
      const folder = temporaryFolder()
      await mkdir(join(folder, communityA))
      const ours = placesOf(root, communityA, 2)
      for (const name of ['data', 'index'] as const) await copyFile(ours[name], join(folder, communityA, name))
      const torrent = join(root, `${communityA}.torrent`)
      await owner.stop()

      const address = await client.seed?.(torrent, folder)
      if (address === undefined) throw new Error(`${client.name} cannot seed`)
      const member = await startEngine()
      member.addPeers(communityA, [address])
      expect(await plainCodec.decode(await member.openIndex(communityA, set.link))).toEqual(set.entries)
      for (const [week, entry] of [...set.entries.entries()].toReversed()) {
        const bytes = await contents(await member.fetch(communityA, set.link, entry))
        expect(bytes.equals(bytesOf(`${week}`, lengths[week] ?? 0))).toBe(true)
      }
    })
})
