import { describe, expect, it } from 'vitest'
import { WakuError } from '../../../src/main/waku/errors.ts'
import { type Link, Supervisor } from '../../../src/main/waku/supervisor.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const address = '/ip4/127.0.0.1/tcp/1/p2p/x'

/** A node that is up or down, and counts dials. */
class Node {
  up = false
  readonly dials: number[] = []
  readonly clock = new FakeClock()
  #lose: () => void = () => {}

  async connect(): Promise<Link> {
    this.dials.push(this.clock.now())
    if (!this.up) throw new WakuError('unavailable', 'down')
    const closed = Promise.withResolvers<void>()
    this.#lose = closed.resolve
    return { closed: closed.promise }
  }

  lose(): void {
    this.#lose()
  }
}

function supervise(node: Node, random = () => 0.999): { supervisor: Supervisor; changes: () => number } {
  let changes = 0
  const supervisor = new Supervisor({
    addresses: [address],
    clock: node.clock,
    random,
    connect: () => node.connect(),
    onChange: () => {
      changes += 1
    },
  })
  supervisor.start()
  return { supervisor, changes: () => changes }
}

describe('the supervisor', () => {
  it('dials again after an outage of any length, at most a minute after the node is back', async () => {
    const node = new Node()
    const { supervisor } = supervise(node)
    await node.clock.advance(3 * 24 * 3_600_000)
    expect(supervisor.status()).toEqual([{ address, connected: false, error: 'down' }])
    node.up = true
    await node.clock.advance(60_000)
    expect(supervisor.status()).toEqual([{ address, connected: true, error: '' }])
    await supervisor.stop()
    expect(node.clock.pending).toBe(0)
  })

  it('waits 1 s at most at first, then twice as long each time up to 60 s', async () => {
    const node = new Node()
    const { supervisor } = supervise(node)
    await node.clock.advance(400_000)
    const waits = node.dials.slice(1).map((at, index) => Math.round((at - (node.dials[index] ?? at)) / 1000))
    expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    await supervisor.stop()
  })

  it('starts over at 1 s after a connection that lasted', async () => {
    const node = new Node()
    node.up = true
    const { supervisor } = supervise(node)
    await node.clock.advance(10_000)
    node.up = false
    node.lose()
    await node.clock.advance(0)
    expect(supervisor.status()[0]).toMatchObject({ connected: false, error: 'The connection was lost.' })
    expect(node.clock.nextIn).toBeLessThanOrEqual(1000)
    await supervisor.stop()
  })

  it('does not hammer a node that hangs up at once', async () => {
    const node = new Node()
    node.up = true
    const { supervisor } = supervise(node)
    for (let n = 0; n < 20; n++) {
      node.lose()
      await node.clock.advance(node.clock.nextIn ?? 0)
    }
    const last = node.dials.at(-1) ?? 0
    expect(last - (node.dials.at(-2) ?? 0)).toBeGreaterThan(50_000)
    await supervisor.stop()
  })

  it('tries at once when told to', async () => {
    const node = new Node()
    const { supervisor } = supervise(node)
    await node.clock.advance(120_000)
    const before = node.dials.length
    node.up = true
    supervisor.retryNow()
    await node.clock.advance(0)
    expect(node.dials).toHaveLength(before + 1)
    expect(supervisor.status()[0]?.connected).toBe(true)
    await supervisor.stop()
  })

  it('tells only of changes', async () => {
    const node = new Node()
    const { supervisor, changes } = supervise(node)
    await node.clock.advance(600_000)
    expect(changes()).toBe(1)
    await supervisor.stop()
  })
})
