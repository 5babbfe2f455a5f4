import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { sendPeerExchange } from '../../../src/main/distribution/torrent/pex.ts'

class FakeWire extends EventEmitter {
  readonly extendedHandshake: Record<string, unknown> = {}
  readonly remoteAddress: string
  destroyed = false
  readonly told: string[] = []
  readonly peerExtendedMapping: Record<string, number> = { ut_pex: 1 }
  readonly ut_pex = {
    start: () => this.told.push('start'),
    _sendMessage: () => this.told.push('send'),
    addPeer: (address: string) => this.told.push(`+${address}`),
    addPeer6: (address: string) => this.told.push(`+6 ${address}`),
    dropPeer: (address: string) => this.told.push(`-${address}`),
    dropPeer6: (address: string) => this.told.push(`-6 ${address}`),
  }
  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }
}

function scene(worthTelling = (_address: string) => true) {
  const torrent = Object.assign(new EventEmitter(), { wires: [] as FakeWire[] })
  sendPeerExchange(torrent as never, { port: 7000, worthTelling })
  return (address: string, port?: number) => {
    const wire = new FakeWire(address)
    torrent.wires.push(wire)
    torrent.emit('wire', wire)
    wire.emit('extended', 'handshake', port === undefined ? {} : { p: port })
    return wire
  }
}

describe('peer exchange', () => {
  it('tells every peer where the others listen, and where we do', () => {
    const join = scene()
    const one = join('::ffff:127.0.0.1', 1001)
    const two = join('127.0.0.1', 1002)
    const six = join('::1', 1003)
    expect(one.extendedHandshake).toEqual({ p: 7000 })
    expect(one.told).toEqual(['start', '+127.0.0.1:1002', '+6 [::1]:1003'])
    expect(two.told).toEqual(['+127.0.0.1:1001', 'start', '+6 [::1]:1003'])
    expect(six.told).toEqual(['+127.0.0.1:1001', '+127.0.0.1:1002', 'start'])
    two.emit('close')
    expect(one.told.at(-1)).toBe('-127.0.0.1:1002')
  })

  it('tells of the first ones within a second, long before the regular messages', () => {
    vi.useFakeTimers()
    try {
      const join = scene()
      const one = join('127.0.0.1', 1001)
      vi.advanceTimersByTime(5000)
      expect(one.told).toEqual(['start'])
      const two = join('127.0.0.1', 1002)
      join('127.0.0.1', 1003)
      vi.advanceTimersByTime(1000)
      expect(one.told).toEqual(['start', '+127.0.0.1:1002', '+127.0.0.1:1003', 'send', 'start'])
      expect(two.told.filter((told) => told === 'send')).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('says nothing to a peer that knows no peer exchange, and what there is once it does', () => {
    vi.useFakeTimers()
    try {
      const join = scene()
      const one = join('127.0.0.1', 1001)
      delete one.peerExtendedMapping.ut_pex
      join('127.0.0.1', 1002)
      vi.advanceTimersByTime(2000)
      one.ut_pex._sendMessage() // as its timer does, whatever the peer knows
      expect(one.told).toEqual(['start', '+127.0.0.1:1002', 'start'])
      one.peerExtendedMapping.ut_pex = 3
      one.ut_pex._sendMessage()
      expect(one.told.at(-1)).toBe('send')
      one.peerExtendedMapping.ut_pex = 0
      one.ut_pex._sendMessage()
      expect(one.told.filter((told) => told === 'send')).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('passes on no peer that does not say where it listens, or that is not worth it', () => {
    const join = scene((address) => !address.startsWith('10.'))
    const one = join('127.0.0.1', 1001)
    join('127.0.0.1')
    join('10.0.0.1', 5)
    expect(one.told).toEqual(['start'])
  })
})
