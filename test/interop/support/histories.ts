/** A history on its way between our engine and another client, in either direction. */
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { DistributionEngine, PublishedSet } from '../../../src/main/distribution/engine.ts'
import type { ForeignClient } from '../../support/foreign-clients.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { contents, placesOf, startEngine } from '../../support/torrent-engines.ts'
import { startTracker, type Tracker } from '../../support/tracker.ts'

const lengths = [5_000, 102_400, 2_000_000, 777_777]

let tracker: Tracker
beforeAll(async () => {
  tracker = await startTracker()
})
afterAll(() => tracker.close())

/** A history of two publications, as our own engine seeds it; clients that know no `x.pe` ask the tracker. */
export async function published(): Promise<{ owner: DistributionEngine; root: string; set: PublishedSet }> {
  const [root, staging] = [temporaryFolder(), temporaryFolder()]
  const owner = await startEngine({ root, discovery: { trackers: [tracker.url] } })
  const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
  const first = await owner.publish(communityA, null, staged.slice(0, 2), plainCodec)
  const set = await owner.publish(communityA, first, staged.slice(2), plainCodec)
  return { owner, root, set }
}

/** It has, by our link, everything byte for byte. */
export async function downloads(client: ForeignClient): Promise<void> {
  const { root, set } = await published()
  expect(set.link).toMatch(/&x\.pe=127\.0\.0\.1:\d+$/)
  const folder = temporaryFolder()
  await client.download(set.link, folder)
  const ours = placesOf(root, communityA, 2)
  for (const name of ['data', 'index'] as const)
    expect((await readFile(join(folder, communityA, name))).equals(await readFile(ours[name]))).toBe(true)
}

/** From it alone our engine has the index and each archive. */
export async function seeds(client: ForeignClient): Promise<void> {
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
}
