import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createPeerGuard, guardTorrent, peerKeys } from '../../../src/main/distribution/torrent/guard.ts'

class FakeWire extends EventEmitter {
  destroyed = false
  readonly peerId: string
  readonly remoteAddress: string
  readonly remotePort: number
  constructor(peerId: string, remoteAddress: string, remotePort: number) {
    super()
    this.peerId = peerId
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
  }
  destroy() {
    this.destroyed = true
  }
}

function scene() {
  const bans: string[] = []
  const guard = createPeerGuard((peer, reason) => bans.push(`${peer} ${reason}`))
  const torrent = Object.assign(new EventEmitter(), { infoHash: 'ab', wires: [] as FakeWire[] })
  guardTorrent(torrent as never, guard)
  const join = (wire: FakeWire) => {
    torrent.wires.push(wire)
    torrent.emit('wire', wire)
    return wire
  }
  const fail = (index: number, ...from: FakeWire[]) => {
    for (const wire of from) wire.emit('piece', index)
    torrent.emit('warning', new Error(`Piece ${index} failed verification`))
  }
  return { bans, guard, torrent, join, fail }
}

describe('peer guard', () => {
  it('bans the sole sender of a failed piece at once, and keeps it out when it comes back', () => {
    const { bans, join, fail } = scene()
    const bad = join(new FakeWire('p1', '127.0.0.1', 1000))
    const good = join(new FakeWire('p2', '127.0.0.1', 2000))
    fail(3, bad)
    expect(bad.destroyed).toBe(true)
    expect(good.destroyed).toBe(false)
    expect(bans).toEqual(['127.0.0.1:1000 sent piece 3 with wrong bytes'])
    expect(join(new FakeWire('p1', '127.0.0.1', 3000)).destroyed).toBe(true)
    expect(join(new FakeWire('p9', '127.0.0.1', 1000)).destroyed).toBe(true)
    expect(join(new FakeWire('p9', '127.0.0.1', 4000)).destroyed).toBe(false)
  })

  it('bans one of several senders only after three failed pieces', () => {
    const { join, fail } = scene()
    const bad = join(new FakeWire('p1', '127.0.0.1', 1000))
    const helpers = [2, 3, 4].map((id) => join(new FakeWire(`p${id}`, '127.0.0.1', id)))
    for (const [index, helper] of helpers.slice(0, 2).entries()) fail(index, bad, helper)
    expect(bad.destroyed).toBe(false)
    fail(2, bad, helpers[2] ?? bad)
    expect(bad.destroyed).toBe(true)
    expect(helpers.map(({ destroyed }) => destroyed)).toEqual([false, false, false])
  })

  it('forgets who sent a piece once it was verified', () => {
    const { join, fail, torrent, bans } = scene()
    const wire = join(new FakeWire('p1', '127.0.0.1', 1000))
    wire.emit('piece', 5)
    torrent.emit('verified', 5)
    fail(5)
    expect(bans).toEqual([])
  })

  it('blames a public address as a whole, a private one only with its port', () => {
    expect(peerKeys({ peerId: 'p', remoteAddress: '8.8.8.8', remotePort: 5 })).toEqual(['p', '8.8.8.8:5', '8.8.8.8'])
    expect(peerKeys({ peerId: 'p', remoteAddress: '::ffff:10.0.0.1', remotePort: 5 })).toEqual(['p', '10.0.0.1:5'])
  })
})
