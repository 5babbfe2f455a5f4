import { describe, expect, it } from 'vitest'
import { checkCommunity, infoHashOf, ownLink, readLink } from '../../../src/main/distribution/torrent/metainfo.ts'
import { torrentSettings } from '../../../src/main/distribution/torrent/settings.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'
import { communityA } from '../../support/torrent.ts'

const hash = 'ab'.repeat(20)
const hostile = [
  `magnet:?xt=urn:btih:${hash}&dn=other`,
  'tr=udp%3A%2F%2Ftracker.example.org%3A1&xs=http%3A%2F%2Fexample.org&ws=http%3A%2F%2Fexample.org',
  'x.pe=8.8.8.8:1&x.pe=127.0.0.1:2&x.pe=10.0.0.1:3&x.pe=example.org:4',
].join('&') as ArchiveLink

describe('R3.4 a link', () => {
  it.each([
    ['machine', ['127.0.0.1:2']],
    ['lan', ['127.0.0.1:2', '10.0.0.1:3']],
    ['internet', ['8.8.8.8:1']],
  ] as const)('names, to an engine that reaches the %s, these peers only', (reach, peers) => {
    const settings = torrentSettings({ root: '/nowhere', reach })
    const read = readLink(hostile, communityA, settings)
    expect(read).toMatchObject({ infoHash: hash, trackers: [], peers })
    expect(Object.values(read).join()).not.toContain('example.org')
  })

  it('names trackers only where other people’s are allowed', () => {
    const settings = torrentSettings({ root: '/nowhere', discovery: { linkTrackers: true } })
    expect(readLink(hostile, communityA, settings).trackers).toEqual(['udp://tracker.example.org:1'])
  })

  it('of our own names where we listen', () => {
    const link = ownLink(hash, communityA, { trackers: [], peers: ['127.0.0.1:5', '[::1]:6'] })
    expect(link).toBe(`magnet:?xt=urn:btih:${hash}&dn=${communityA}&x.pe=127.0.0.1:5&x.pe=[::1]:6`)
    expect(infoHashOf(link)).toBe(hash)
    const settings = torrentSettings({ root: '/nowhere' })
    expect(readLink(link, communityA, settings).peers).toEqual(['127.0.0.1:5', '[::1]:6'])
  })
})

describe('settings', () => {
  it('§13.25 are, unless somebody asks for more, this machine and nothing else: no tracker, no name of the maker', () => {
    expect(torrentSettings({ root: '/r' })).toEqual({
      root: '/r',
      port: 0,
      bindHost: '127.0.0.1',
      reach: 'machine',
      addresses: ['127.0.0.1'],
      discovery: {
        dht: false,
        lsd: false,
        trackers: [],
        linkTrackers: false,
        pex: false,
        utp: false,
        natUpnp: false,
        natPmp: false,
      },
      uploadLimit: -1,
      downloadLimit: -1,
      createdBy: '',
    })
    expect(torrentSettings({ root: '/r', reach: 'lan' })).toMatchObject({ bindHost: null, addresses: [] })
  })

  it.each(['', '..', '0x02', `0x04${'a'.repeat(64)}`, `0x02${'A'.repeat(64)}`, `../0x02${'a'.repeat(64)}`])(
    'take no folder name for a community: %j',
    (name) => {
      expect(() => checkCommunity(name as CommunityId)).toThrow(/not the id of a community/)
    },
  )
})
