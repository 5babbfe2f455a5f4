import { describe, expect, it } from 'vitest'
import { openSocketCarrier } from '../../../src/renderer/lib/transport.ts'
import { resync } from '../../../src/shared/channels.ts'
import { decode, encode } from '../../../src/shared/codec.ts'
import { FakeClock } from '../../support/fake-clock.ts'

class FakeSocket {
  onopen: WebSocket['onopen'] = null
  onmessage: WebSocket['onmessage'] = null
  onclose: WebSocket['onclose'] = null
  readonly sent: { id: number; name: string; input?: unknown }[] = []

  send(frame: unknown): void {
    this.sent.push(decode(String(frame)) as never)
  }
  close(): void {}
  open(): void {
    this.onopen?.call(this as never, {} as never)
  }
  receive(frame: unknown): void {
    this.onmessage?.call(this as never, { data: encode(frame) } as never)
  }
  drop(): void {
    this.onclose?.call(this as never, {} as never)
  }
}

function setUp() {
  const sockets: FakeSocket[] = []
  const clock = new FakeClock()
  let session: boolean | Error = true
  const carrier = openSocketCarrier({
    open: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    isSignedIn: async () => {
      if (session instanceof Error) throw session
      return session
    },
    setTimer: (delay, fn) => clock.setTimer(delay, fn),
  })
  const newest = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  return { carrier, sockets, newest, clock, answer: (next: boolean | Error) => (session = next) }
}

const ok = (value: unknown) => ({ ok: true, value })

describe('the socket under the client', () => {
  it('answers each request with its own reply', async () => {
    const { carrier, newest } = setUp()
    newest().open()
    const replies = [carrier.request('a', 1), carrier.request('b', undefined)]
    const [first, second] = newest().sent
    newest().receive({ id: second?.id, reply: ok('B') })
    newest().receive({ id: first?.id, reply: ok('A') })
    expect(await Promise.all(replies)).toEqual([ok('A'), ok('B')])
  })

  it('sends what was asked before it was open, once it is', async () => {
    const { carrier, newest } = setUp()
    const reply = carrier.request('early', { x: 1 })
    expect(newest().sent).toEqual([])
    newest().open()
    expect(newest().sent).toMatchObject([{ name: 'early', input: { x: 1 } }])
    newest().receive({ id: newest().sent[0]?.id, reply: ok(1) })
    expect(await reply).toEqual(ok(1))
  })

  it('tells events to those who listen, until they stop', () => {
    const { carrier, newest } = setUp()
    const heard: unknown[] = []
    newest().open()
    const stop = carrier.subscribe('network.changed', (payload) => heard.push(payload))
    newest().receive({ event: 'network.changed', payload: 1 })
    newest().receive({ event: 'other', payload: 2 })
    stop()
    newest().receive({ event: 'network.changed', payload: 3 })
    expect(heard).toEqual([1])
  })

  it('fails what was under way when the connection is lost, and never sends it twice', async () => {
    const { carrier, newest, clock } = setUp()
    newest().open()
    const lost = carrier.request('messages.post', {})
    newest().drop()
    expect(await lost).toMatchObject({ ok: false, error: { code: 'disconnected' } })
    await clock.advance(1_000)
    newest().open()
    expect(newest().sent).toEqual([])
  })

  it('comes back by itself, and has everything asked for again', async () => {
    const { carrier, sockets, newest, clock } = setUp()
    let resyncs = 0
    carrier.subscribe(resync, () => resyncs++)
    newest().open()
    expect(resyncs).toBe(0)
    newest().drop()
    expect(carrier.connection.get()).toBe('connecting')
    await clock.advance(500)
    expect(sockets).toHaveLength(2)
    newest().open()
    expect(carrier.connection.get()).toBe('connected')
    expect(resyncs).toBe(1)
  })

  it('passes the server’s own call to ask again on', () => {
    const { carrier, newest } = setUp()
    let resyncs = 0
    carrier.subscribe(resync, () => resyncs++)
    newest().open()
    newest().receive({ event: 'resync' })
    expect(resyncs).toBe(1)
  })

  it('waits longer each time, but not without end', async () => {
    const { sockets, newest, clock } = setUp()
    const opened: number[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      newest().drop()
      await clock.advance(0)
      opened.push(clock.nextIn ?? 0)
      await clock.advance(clock.nextIn ?? 0)
    }
    expect(opened).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000])
    expect(sockets).toHaveLength(9)
  })

  it('says when the server does not know this browser any more, and not when there is none', async () => {
    const { carrier, newest, clock, answer } = setUp()
    newest().open()
    answer(new Error('no server'))
    newest().drop()
    await clock.advance(0)
    expect(carrier.connection.get()).toBe('connecting')
    await clock.advance(500)
    answer(false)
    newest().drop()
    await clock.advance(0)
    expect(carrier.connection.get()).toBe('signed-out')
  })

  it('gives a request up that finds no connection for long', async () => {
    const { carrier, clock } = setUp()
    const reply = carrier.request('app.info', undefined)
    await clock.advance(10_000)
    expect(await reply).toMatchObject({ ok: false, error: { code: 'disconnected' } })
    expect(clock.pending).toBe(0)
  })

  it('ignores what it does not understand', () => {
    const { newest } = setUp()
    newest().open()
    for (const frame of [null, 1, {}, { id: 1 }, { id: 99, reply: ok(1) }, { id: 1, reply: 'x' }])
      expect(() => newest().receive(frame)).not.toThrow()
  })
})
