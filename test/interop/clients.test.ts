/** Released BitTorrent clients, both ways, with our guard and peer exchange on. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { aria2, libtorrent, transmission } from '../support/foreign-clients.ts'
import { communityA, temporaryFolder } from '../support/torrent.ts'
import { placesOf } from '../support/torrent-engines.ts'
import { downloads, published, seeds } from './support/histories.ts'
import { meetings } from './support/matrix.ts'

const meet = meetings('BitTorrent')

describe('from our magnet link, everything we seed is downloaded byte for byte', () => {
  for (const client of [libtorrent, aria2, transmission])
    meet(client, { direction: 'from us', what: 'a history of two publications, by its link' }, () => downloads(client))

  meet(libtorrent, { direction: 'from us', what: 'the same by the x.pe hint alone' }, async () => {
    const { root, set } = await published()
    const folder = temporaryFolder()
    await libtorrent.download(set.link.replace(/&tr=[^&]*/, ''), folder)
    const ours = await readFile(placesOf(root, communityA, 2).data)
    expect((await readFile(join(folder, communityA, 'data'))).equals(ours)).toBe(true)
  })
})

describe('our engine downloads what is seeded', () => {
  for (const client of [libtorrent, aria2])
    meet(client, { direction: 'to us', what: 'the index, then one archive after the other' }, () => seeds(client))
})
