/// <reference path="../../support/bittorrent-dht.d.ts" />
import { Client } from 'bittorrent-dht'
import { describe, expect, it } from 'vitest'
import type { DistributionEngine, PublishedSet } from '../../../src/main/distribution/engine.ts'
import type { ArchiveLink } from '../../../src/shared/domain.ts'
import { communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { startEngine } from '../../support/torrent-engines.ts'
import { startTracker } from '../../support/tracker.ts'

async function publish(owner: DistributionEngine): Promise<PublishedSet> {
  return await owner.publish(communityA, null, [await stage(temporaryFolder(), 0, 1000)], plainCodec)
}

const withoutPeers = (link: ArchiveLink) => link.replace(/&x\.pe=.*$/, '') as ArchiveLink

describe('finding peers', () => {
  it('by a tracker that the link names, where other people’s trackers are allowed', async () => {
    const tracker = await startTracker()
    try {
      const owner = await startEngine({ discovery: { trackers: [tracker.url] } })
      const set = await publish(owner)
      const member = await startEngine({ discovery: { linkTrackers: true } })
      expect(await plainCodec.decode(await member.openIndex(communityA, withoutPeers(set.link)))).toEqual(set.entries)
      const careful = await startEngine()
      await expect(careful.openIndex(communityA, withoutPeers(set.link), { timeout: 1_500 })).rejects.toMatchObject({
        code: 'timeout',
      })
    } finally {
      await tracker.close()
    }
  })

  it('by a private DHT', async () => {
    const node = new Client({ bootstrap: false })
    try {
      node.listen({ port: 0, address: '127.0.0.1' })
      await new Promise((resolve) => node.once('listening', resolve))
      const dht = { bootstrap: [`127.0.0.1:${node.address().port}`] }
      const owner = await startEngine({ discovery: { dht } })
      const set = await publish(owner)
      const member = await startEngine({ discovery: { dht } })
      expect(await plainCodec.decode(await member.openIndex(communityA, withoutPeers(set.link)))).toEqual(set.entries)
    } finally {
      await new Promise<void>((resolve) => node.destroy(() => resolve()))
    }
  })
})
