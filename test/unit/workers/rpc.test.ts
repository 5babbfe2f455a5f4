import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, connect, RpcError, serve, transfer } from '../../../src/main/workers/rpc.ts'

class Refusal extends Error {
  readonly code = 'too-late'
  readonly retryable = true
  override name = 'Refusal'
}

const api = {
  add: (a: number, b: number) => a + b,
  deep: { er: { name: () => 'found' } },
  refuse(): never {
    throw new Refusal('It is over.', { cause: new Error('the first reason') })
  },
  unclonable: () => () => {},
  sizes: (views: readonly Uint8Array[]) => views.map((view) => [view.byteLength, view.buffer.byteLength]),
  give: () => {
    const bytes = new Uint8Array(8).fill(7)
    return transfer({ bytes }, [bytes.buffer])
  },
  waitFor: (options: { signal: AbortSignal }) =>
    new Promise<never>((_resolve, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason))
    }),
  async count(to: number, options: { onProgress: (done: number) => void }) {
    for (let i = 1; i <= to; i += 1) options.onProgress(i)
    return to
  },
  hang: () => new Promise<never>(() => {}),
  async *numbers(from: number) {
    try {
      for (let n = from; ; n += 1) {
        if (n > 100) throw new Refusal('That is enough.')
        yield n
      }
    } finally {
      ended.push(from)
    }
  },
}
const ended: number[] = []
type Events = { moved: { x: number } }

let connection: Connection<typeof api, Events> | null = null
function open(served: object | Promise<object> = api) {
  const { port1, port2 } = new MessageChannel()
  const server = serve<Events>(port1, served)
  connection = connect<typeof api, Events>(port2)
  return { ...connection, server }
}
afterEach(() => connection?.close())

describe('calls over a port', () => {
  it('reach methods at any depth and bring their results back', async () => {
    const { api: there } = open()
    expect(await there.add(2, 3)).toBe(5)
    expect(await there.deep.er.name()).toBe('found')
  })

  it('refuse names that are not served, inherited ones included', async () => {
    const { api: there } = open()
    const anything: Record<string, Record<string, () => Promise<unknown>>> = Object.create(there)
    await expect(anything.deep?.none?.()).rejects.toMatchObject({ name: 'RpcError', code: 'no-method' })
    await expect(anything.add?.constructor?.()).rejects.toMatchObject({ code: 'no-method' })
    await expect(anything.deep?.toString()).rejects.toMatchObject({ code: 'no-method' })
  })

  it('keep the name, message, code, fields and cause of an error', async () => {
    const error = await open()
      .api.refuse()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'Refusal', code: 'too-late', retryable: true, message: 'It is over.' })
    expect(error).toHaveProperty('cause.message', 'the first reason')
  })

  it('make instances of the caller’s own classes where it says how', async () => {
    const { port1, port2 } = new MessageChannel()
    serve(port1, api)
    connection = connect<typeof api, Events>(port2, {
      revive: ({ name, message }) => (name === 'Refusal' ? new Refusal(message) : undefined),
    })
    await expect(connection.api.refuse()).rejects.toBeInstanceOf(Refusal)
  })

  it('reject a result that cannot cross instead of leaving the caller waiting', async () => {
    await expect(open().api.unclonable()).rejects.toThrow(/could not be cloned/)
  })

  it('carry only the bytes of a view, not the buffer it looks at', async () => {
    const big = new Uint8Array(1_000_000)
    expect(await open().api.sizes([big.subarray(10, 20), Buffer.from('abc')])).toEqual([
      [10, 10],
      [3, 3],
    ])
  })

  it('move what is marked as transferred', async () => {
    const { api: there } = open()
    const whole = new Uint8Array(16)
    await there.sizes(transfer([whole], [whole.buffer]))
    expect(whole.byteLength).toBe(0)
    expect(await there.give()).toEqual({ bytes: new Uint8Array(8).fill(7) })
  })

  it('wait for an api that is still being made, and all fail with its error if it cannot be', async () => {
    const slow = open(Promise.resolve(api))
    expect(await slow.api.add(1, 1)).toBe(2)
    slow.close()
    const broken = open(Promise.reject(new Refusal('No such file.')))
    await expect(broken.api.add(1, 1)).rejects.toMatchObject({ name: 'Refusal' })
    await expect(broken.api.deep.er.name()).rejects.toMatchObject({ name: 'Refusal' })
  })
})

describe('what cannot be cloned', () => {
  it('an abort signal works on the other side', async () => {
    const controller = new AbortController()
    const waiting = open().api.waitFor({ signal: controller.signal })
    controller.abort(new Refusal('Changed my mind.'))
    await expect(waiting).rejects.toMatchObject({ name: 'Refusal', message: 'Changed my mind.' })
  })

  it('an aborted signal never sends the call', async () => {
    await expect(open().api.waitFor({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('a callback is called for as long as the call runs', async () => {
    const seen: number[] = []
    expect(await open().api.count(3, { onProgress: (done) => seen.push(done) })).toBe(3)
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('streams', () => {
  it('are read item by item and ended by leaving the loop', async () => {
    const { api: there } = open()
    const read: number[] = []
    for await (const n of there.numbers(5)) {
      read.push(n)
      if (n === 8) break
    }
    expect(read).toEqual([5, 6, 7, 8])
    await there.add(0, 0) // behind the message that ends the stream
    expect(ended).toContain(5)
  })

  it('end with the error that ended them there', async () => {
    const { api: there } = open()
    const read = async () => {
      for await (const _ of there.numbers(99)) {
      }
    }
    await expect(read()).rejects.toMatchObject({ name: 'Refusal', code: 'too-late' })
  })
})

describe('the other side', () => {
  it('tells events to whoever listens, until they stop listening', async () => {
    const { on, server, api: there } = open()
    const seen: number[] = []
    const stop = on('moved', ({ x }) => seen.push(x))
    server.emit('moved', { x: 1 })
    await there.add(0, 0)
    stop()
    server.emit('moved', { x: 2 })
    await there.add(0, 0)
    expect(seen).toEqual([1])
  })

  it('rejects what is pending when it is gone, and every call after that', async () => {
    const { api: there, server, closed } = open()
    const pending = there.hang()
    server.close()
    await expect(pending).rejects.toBeInstanceOf(RpcError)
    expect((await closed).code).toBe('gone')
    await expect(there.add(1, 2)).rejects.toMatchObject({ code: 'gone' })
  })
})
