import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { PeerTrials } from '../../../src/main/distribution/torrent/trials.ts'

class FakePiece {
  readonly length: number
  constructor(length: number) {
    this.length = length
  }
}

class FakeWire extends EventEmitter {
  destroyed = false
  peerChoking = false
  readonly type: string
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort: number
  readonly peerPieces = { get: () => true }
  constructor(type: string, remotePort: number) {
    super()
    this.type = type
    this.remotePort = remotePort
  }
}

function scene() {
  let now = 1_000
  const wires: FakeWire[] = []
  const pieces = Array.from({ length: 20 }, () => new FakePiece(102_400))
  const anew: number[] = []
  const torrent = { wires, pieces }
  const trials = new PeerTrials({
    torrent: torrent as never,
    now: () => now,
    onAnew: (index) => anew.push(index),
  })
  const join = (how: 'came' | 'dialled', port: number) => {
    const wire = new FakeWire(how === 'came' ? 'tcpIncoming' : 'tcpOutgoing', port)
    wires.push(wire)
    now += 100 // whoever waits is looked for again
    return wire as FakeWire & Parameters<PeerTrials['take']>[1]
  }
  const prove = (wire: Parameters<PeerTrials['take']>[1], index: number) => {
    expect(trials.take(index, wire)).toBe(true)
    trials.gave(index, wire)
    trials.verified(index)
  }
  return { trials, pieces, anew, join, prove, pass: (ms: number) => (now += ms) }
}

describe('peers on trial', () => {
  it('send a piece alone: nobody else is asked for it while blocks come', () => {
    const { trials, join, pass } = scene()
    const [one, two] = [join('dialled', 1), join('dialled', 2)]
    expect(trials.take(0, one)).toBe(true)
    expect(trials.take(0, two)).toBe(false)
    for (let block = 0; block < 5; block += 1) {
      pass(2000)
      trials.gave(0, one)
      expect([trials.take(0, one), trials.take(0, two), trials.sends(0, one)]).toEqual([true, false, true])
    }
  })

  it('have one piece until they gave one, and then as many as they like', () => {
    const { trials, join, prove } = scene()
    const one = join('came', 1)
    expect([trials.take(0, one), trials.take(1, one)]).toEqual([true, false])
    trials.verified(0)
    expect([trials.take(1, one), trials.take(2, one)]).toEqual([true, true])
    const two = join('came', 2)
    prove(two, 5)
    expect(trials.take(1, two)).toBe(false)
  })

  it('lose a piece to another when they are silent, with all that came of it, and are the last to be asked again', () => {
    const { trials, pieces, anew, join, pass } = scene()
    const [idle, other] = [join('dialled', 1), join('dialled', 2)]
    const before = pieces[0]
    expect(trials.take(0, idle)).toBe(true)
    expect(trials.stuck).toBe(false)
    pass(3001)
    expect(trials.stuck).toBe(true)
    expect(trials.take(0, other)).toBe(true)
    expect([trials.sends(0, idle), trials.sends(0, other), anew]).toEqual([false, true, [0]])
    expect(pieces[0]).not.toBe(before)
    expect(pieces[0]).toEqual(before)
    const late = join('dialled', 3)
    expect([trials.take(1, idle), trials.take(1, late)]).toEqual([false, true])
  })

  it('are tried in order: those that a link named, those we dialled, those that came by themselves', () => {
    const { trials, join } = scene()
    trials.name('127.0.0.1:3')
    const [came, dialled, named] = [join('came', 1), join('dialled', 2), join('dialled', 3)]
    expect([trials.take(0, came), trials.take(0, dialled), trials.take(0, named)]).toEqual([false, false, true])
    expect([trials.take(1, came), trials.take(1, dialled)]).toEqual([false, true])
    expect(trials.take(2, came)).toBe(true)
  })

  it('give way to one that has proved good, which takes over what they began; few are tried beside it', () => {
    const { trials, join, prove } = scene()
    const crowd = Array.from({ length: 9 }, (_, n) => join('came', n + 10))
    for (const [n, wire] of crowd.slice(0, 8).entries()) expect(trials.take(n, wire)).toBe(true)
    const good = join('dialled', 1)
    prove(good, 9)
    expect(trials.take(0, good)).toBe(true)
    const [first, , , , , , , , late] = crowd
    if (first === undefined || late === undefined) throw new Error('no crowd')
    expect(trials.sends(0, first)).toBe(false)
    // Seven are still on trial.
    expect(trials.take(12, late)).toBe(false)
    for (let n = 1; n < 5; n += 1) trials.wrong(n)
    expect(trials.take(12, late)).toBe(true)
  })

  it('that refuse a piece, or everything, may be asked for another, and others for that one', () => {
    const { trials, anew, join } = scene()
    const [one, two] = [join('dialled', 1), join('dialled', 2)]
    trials.take(0, one)
    trials.refused(0, one)
    expect([trials.take(1, one), trials.take(0, two)]).toEqual([true, true])
    trials.refused(0, one)
    expect(trials.sends(0, two)).toBe(true)
    trials.refusedAll(one)
    expect([trials.sends(1, one), trials.sends(0, two), anew]).toEqual([false, true, [0, 1]])
    expect(trials.take(2, one)).toBe(true)
  })

  it('that are silent about a piece may be asked for another where there is nobody else', () => {
    const { trials, anew, join, pass } = scene()
    const only = join('dialled', 1)
    trials.take(0, only)
    expect(trials.take(1, only)).toBe(false)
    pass(3001)
    expect([trials.take(1, only), trials.sends(0, only), anew]).toEqual([true, false, [0]])
  })

  it('hold no piece of which they were asked for nothing', () => {
    const { trials, join } = scene()
    const [one, two] = [join('dialled', 1), join('dialled', 2)]
    trials.take(0, one)
    trials.asked(0, one, false)
    expect([trials.sends(0, one), trials.take(1, one)]).toEqual([false, true])
    trials.asked(1, one, true)
    trials.asked(1, one, false)
    expect([trials.sends(1, one), trials.take(1, two)]).toEqual([true, false])
  })

  it('leave no half of a piece behind when they go', () => {
    const { trials, pieces, anew, join } = scene()
    const [liar, other] = [join('came', 1), join('came', 2)]
    const before = pieces[4]
    trials.take(4, liar)
    trials.gave(4, liar)
    trials.gone(liar)
    expect(pieces[4]).not.toBe(before)
    expect(anew).toEqual([4])
    expect(trials.take(4, other)).toBe(true)
  })

  it('make room for one we were told of, the least useful first, and never one that proved good', () => {
    const { trials, join, prove } = scene()
    trials.name('127.0.0.1:3')
    prove(join('came', 1), 0)
    const named = join('dialled', 3)
    expect(trials.worst()).toBe(null)
    const dialled = join('dialled', 4)
    expect(trials.worst()).toBe(dialled)
    const came = join('came', 5)
    expect(trials.worst()).toBe(came)
    expect(named.destroyed).toBe(false)
  })
})
