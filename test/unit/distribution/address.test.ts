import { describe, expect, it } from 'vitest'
import { dialable, hostOf, joined, withinReach } from '../../../src/main/distribution/torrent/address.ts'
import { PeerBook } from '../../../src/main/distribution/torrent/peer-book.ts'
import { communityA, communityB } from '../../support/torrent.ts'

describe('reach', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.9.8.7', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['fe80::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['8.8.8.8', 'public'],
    ['172.32.0.1', 'public'],
    ['2a00:1450:4001::1', 'public'],
    ['0.0.0.0', 'nowhere'],
    ['224.0.0.1', 'nowhere'],
    ['255.255.255.255', 'nowhere'],
    ['::', 'nowhere'],
    ['ff02::1', 'nowhere'],
    ['localhost', 'nowhere'],
    ['example.org', 'nowhere'],
    ['', 'nowhere'],
  ])('R3.4 %s is %s', (host, zone) => {
    expect(withinReach(host, 'machine')).toBe(zone === 'loopback')
    expect(withinReach(host, 'lan')).toBe(zone === 'loopback' || zone === 'private')
    expect(withinReach(host, 'internet')).toBe(zone === 'public')
  })
})

describe('peer hints', () => {
  it.each([
    ['127.0.0.1:6881', '127.0.0.1:6881'],
    ['[::1]:6881', '[::1]:6881'],
    ['[::ffff:10.0.0.1]:80', '10.0.0.1:80'],
    ['/ip4/1.2.3.4/tcp/5000', '1.2.3.4:5000'],
    ['/ip6/2a00::1/tcp/5000', '[2a00::1]:5000'],
    ['/ip4/1.2.3.4/tcp/5000/ws', null],
    ['/ip4/1.2.3.4/udp/5000', null],
    ['/dns4/example.org/tcp/5000', null],
    ['example.org:80', null],
    ['1.2.3.4', null],
    ['1.2.3.4:0', null],
    ['1.2.3.4:65535', null],
    ['1.2.3.4:99999', null],
    ['999.2.3.4:80', null],
    ['::1:80', null],
    ['', null],
  ])('%s is dialled as %s', (hint, address) => {
    expect(dialable(hint)).toBe(address)
  })

  it('takes an address apart and puts it together', () => {
    expect(hostOf('[2a00::1]:80')).toBe('2a00::1')
    expect(hostOf('1.2.3.4:80')).toBe('1.2.3.4')
    expect(joined('::ffff:1.2.3.4', 80)).toBe('1.2.3.4:80')
    expect(joined('::1', '80')).toBe('[::1]:80')
  })

  it('R3.4 keeps only those within reach, the latest 64 of each community', () => {
    const book = new PeerBook('machine')
    book.add(communityA, ['127.0.0.1:1', '8.8.8.8:1', '10.0.0.1:1', 'nonsense'])
    expect(book.of(communityA)).toEqual(['127.0.0.1:1'])
    expect(book.of(communityB)).toEqual([])
    book.add(
      communityA,
      Array.from({ length: 64 }, (_, port) => `127.0.0.1:${port + 2}`),
    )
    expect(book.of(communityA)).toHaveLength(64)
    expect(book.of(communityA)).not.toContain('127.0.0.1:1')
    book.add(communityA, ['127.0.0.1:2', '127.0.0.1:999'])
    expect(book.of(communityA)).toContain('127.0.0.1:2')
    expect(book.of(communityA)).not.toContain('127.0.0.1:3')
  })
})
