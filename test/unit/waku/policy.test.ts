import { describe, expect, it } from 'vitest'
import { equalJitter, fullJitter } from '../../../src/main/waku/backoff.ts'
import { dialPolicy, parseAddress } from '../../../src/main/waku/client/addresses.ts'
import { judge, type WireMessage } from '../../../src/main/waku/message.ts'
import { renewal, retryDelay } from '../../../src/main/waku/outbox-policy.ts'
import { RecentKeys } from '../../../src/main/waku/recent.ts'
import { PeerRates } from '../../../src/main/waku/service/limits.ts'
import type { ContentTopic, Millis, Nanos, PubsubTopic } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const range = { base: 1000, cap: 60_000 }

describe('back-off', () => {
  it('grows from its base to its cap, with jitter over the whole of it', () => {
    const most = () => 0.999999
    const bounds = [1, 2, 3, 6, 7, 100].map((failures) => Math.round(fullJitter(failures, range, most) / 1000))
    expect(bounds).toEqual([1, 2, 4, 32, 60, 60])
    expect(fullJitter(5, range, () => 0)).toBe(0)
    expect(equalJitter(3, range, () => 0)).toBe(2000)
    expect(equalJitter(3, range, most)).toBe(3999)
  })
})

describe('the outbox', () => {
  const at = 1_700_000_000_000
  const entry = (stamped: number, createdAt = at) => ({
    id: 'x',
    createdAt: createdAt as Millis,
    sealed: {
      pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
      contentTopic: '/waku/1/0xabcdef12/rfc26' as ContentTopic,
      payload: new Uint8Array([1]),
      timestamp: (BigInt(stamped) * 1_000_000n) as Nanos,
      ephemeral: false,
    },
  })
  const later = (ms: number) => (at + ms) as Millis

  it('R2.4 renews a timestamp only when it has grown older than 15 s', () => {
    expect(renewal(entry(at), later(15_000))).toBeNull()
    expect(renewal(entry(at), later(15_001))).toBe(BigInt(at + 15_001) * 1_000_000n)
  })

  it('R2.4 renews a timestamp again that was renewed before', () => {
    expect(renewal(entry(at + 20_000), later(30_000))).toBeNull()
    expect(renewal(entry(at + 20_000), later(40_000))).toBe(BigInt(at + 40_000) * 1_000_000n)
  })

  it('keeps the time of a message that was posted with an old one', () => {
    expect(renewal(entry(at - 86_400_000), later(60_000))).toBeNull()
  })

  it('waits up to a minute for what may pass, and ten for what will not', () => {
    expect(retryDelay(1, true, () => 0.999)).toBeLessThan(1000)
    expect(retryDelay(10, true, () => 0.999)).toBeLessThan(60_000)
    expect(retryDelay(11, true, () => 0)).toBe(300_000)
    expect(retryDelay(1, false, () => 0)).toBe(300_000)
  })
})

describe('what may be dialled', () => {
  const peer = '16Uiu2HAkwkaUV3UMqTFJPvDGV93gaJLCtS8BEUufauUy3gkgpnjL'
  const other = '16Uiu2HAmTs3Tc56TWPL7V2JgaqJ1NpXoLfHtPPN1DSEPC1Ecvuq1'

  it.each([
    [`/ip4/10.0.0.1/tcp/1/p2p/${peer}`, true, 'configured'],
    [`/ip4/10.0.0.1/tcp/2/p2p/${peer}`, false, 'another port of it'],
    [`/ip4/10.0.0.2/tcp/1/p2p/${peer}`, false, 'what a peer says of itself'],
    ['/ip4/10.0.0.1/tcp/1', false, 'no peer'],
    [`/dns4/node.example/tcp/443/wss/p2p/${other}`, true, 'a configured name'],
    [`/ip4/203.0.113.5/tcp/443/wss/p2p/${other}`, true, 'what that name resolves to'],
    [`/dns4/elsewhere.example/tcp/443/wss/p2p/${other}`, false, 'another name'],
    ['nonsense', false, 'no address'],
  ])('%s: %s (%s)', (address, allowed) => {
    const mayDial = dialPolicy([`/ip4/10.0.0.1/tcp/1/p2p/${peer}`, `/dns4/node.example/tcp/443/wss/p2p/${other}`])
    expect(mayDial(address)).toBe(allowed)
  })

  it('an address must be a multiaddr that names its peer', () => {
    expect(() => parseAddress('127.0.0.1:1')).toThrow(/not a multiaddr/)
    expect(() => parseAddress('/ip4/127.0.0.1/tcp/1')).toThrow(/p2p/)
    expect(parseAddress(` /ip4/127.0.0.1/tcp/1/p2p/${peer}\n`).getPeerId()).toBe(peer)
  })
})

describe('judging a message', () => {
  const topic = '/waku/2/rs/16/32'
  const now = 1_700_000_000_000
  const fine: WireMessage = {
    contentTopic: '/waku/1/0xabcdef12/rfc26',
    payload: new Uint8Array([1]),
    version: 1,
    timestamp: BigInt(now) * 1_000_000n,
    meta: null,
    ephemeral: false,
  }
  const rules = { topics: new Set([topic]), maxAgeMs: 20_000 }

  it.each([
    ['as sent', {}, topic, null],
    ['foreign shard', {}, '/waku/2/rs/16/1', 421],
    ['no content topic', { contentTopic: '' }, topic, 400],
    ['long content topic', { contentTopic: 'x'.repeat(256) }, topic, 400],
    ['empty', { payload: new Uint8Array() }, topic, 400],
    ['1 MiB', { payload: new Uint8Array(1024 * 1024) }, topic, null],
    ['more', { payload: new Uint8Array(1024 * 1024 + 1) }, topic, 413],
    ['large meta', { meta: new Uint8Array(65) }, topic, 400],
    ['old', { timestamp: BigInt(now - 20_001) * 1_000_000n }, topic, 420],
    ['before 1970', { timestamp: -1n }, topic, 400],
    ['ahead', { timestamp: BigInt(now + 20_001) * 1_000_000n }, topic, 420],
  ])('%s', (_name, fields, on, status) => {
    expect(judge(on, { ...fine, ...fields }, rules, now)?.status ?? null).toBe(status)
  })

  it('takes any time where the age limit is off', () => {
    expect(judge(topic, { ...fine, timestamp: 1n }, { ...rules, maxAgeMs: null }, now)).toBeNull()
  })
})

describe('bounds', () => {
  it('an allowance refills with time, and a peer at rest is forgotten', async () => {
    const clock = new FakeClock()
    const rates = new PeerRates({ perSecond: 1, burst: 2 }, clock)
    expect([1, 2, 3].map(() => rates.take('a'))).toEqual([true, true, false])
    expect(rates.take('b')).toBe(true)
    await clock.advance(1000)
    expect([1, 2].map(() => rates.take('a'))).toEqual([true, false])
    await clock.advance(10_000)
    rates.sweep()
    expect([1, 2, 3].map(() => rates.take('a'))).toEqual([true, true, false])
  })

  it('remembers the last keys and no more', () => {
    const recent = new RecentKeys(2)
    expect(['a', 'b', 'a', 'c', 'b', 'a'].map((key) => recent.add(key))).toEqual([true, true, false, true, false, true])
  })
})
