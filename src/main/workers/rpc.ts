/**
 * Calls over a message port: one side serves an object, the other calls it as if it were here and asynchronous.
 *
 * - Methods may be nested one object deep or more: `api.messages.page(...)`.
 * - What crosses is structured-cloned. Views on a larger buffer are copied out of it first, so that a slice of a big
 *   file costs a slice; `transfer` moves buffers instead of copying them.
 * - An `AbortSignal` anywhere in the arguments works on the other side; so does a function, which may be called there
 *   until the call (or its stream) has ended, and whose results are not waited for.
 * - A method that returns an `AsyncIterable` is read item by item, at the pace of the reader.
 * - Errors keep name, message, code and cause; `revive` may make instances of their classes again.
 * - When the other side dies, what was pending is rejected with `RpcError` `gone`. Asked to `end`, it goes by itself.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import {
  type Handle,
  hydrate,
  outgoing,
  type PlainError,
  plainError,
  RpcError,
  revived,
  transferOf,
} from './rpc-values.ts'

export { type PlainError, RpcError, transfer } from './rpc-values.ts'

/** `T` seen from the other side of a port: every method asynchronous, everything else gone. */
export type Async<T> = {
  readonly [K in keyof T as T[K] extends object ? K : never]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => AsyncResult<R>
    : Async<T[K]>
}
type AsyncResult<R> = [R] extends [never]
  ? Promise<never>
  : [R] extends [AsyncIterable<infer Item>]
    ? AsyncIterable<Item>
    : Promise<Awaited<R>>

type ToServer =
  | {
      readonly type: 'call'
      readonly id: number
      readonly path: readonly string[]
      readonly args: unknown[]
      readonly handles: readonly Handle[]
    }
  | { readonly type: 'abort'; readonly handle: number; readonly reason: PlainError }
  | { readonly type: 'pull'; readonly id: number }
  | { readonly type: 'drop'; readonly id: number }
  | { readonly type: 'end' }

type ToClient =
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  | { readonly type: 'stream'; readonly id: number }
  | { readonly type: 'item'; readonly id: number; readonly done: boolean; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'callback'; readonly handle: number; readonly args: unknown[] }
  | { readonly type: 'event'; readonly name: string; readonly value: unknown }

export interface Server<Events> {
  emit<K extends keyof Events & string>(name: K, value: Events[K], moved?: readonly Transferable[]): void
  /** Stops serving and aborts what runs; a thread with nothing else to do then ends. */
  close(): void
}

/**
 * Serves `api` on a port. Given a promise, calls wait for it, and all fail with its error if it is rejected: a thread
 * that cannot start says why to whoever asks.
 */
export function serve<Events = Record<string, never>>(
  port: MessagePort,
  api: object | Promise<object>,
): Server<Events> {
  const ready = Promise.resolve(api)
  ready.catch(() => {}) // told to every caller below
  const signals = new Map<number, AbortController>()
  const streams = new Map<number, { readonly items: AsyncIterator<unknown>; readonly signals: readonly number[] }>()

  const send = (message: ToClient, moved: readonly Transferable[] = []) => port.postMessage(message, [...moved])
  const fail = (id: number, error: unknown) => send({ type: 'failure', id, error: plainError(error) })

  async function call(message: ToServer & { type: 'call' }): Promise<void> {
    const { id } = message
    const mine: number[] = []
    try {
      // Signals must exist before anything is awaited: an abort may be right behind its call.
      const args = hydrate(message.args, message.handles, (handle) => {
        if (handle.kind === 'callback')
          return (...given: unknown[]) => send({ type: 'callback', handle: handle.id, args: outgoing(given).value })
        const controller = new AbortController()
        signals.set(handle.id, controller)
        mine.push(handle.id)
        return controller.signal
      })
      const result = await resolve(await ready, message.path)(...args)
      if (isAsyncIterable(result)) {
        streams.set(id, { items: result[Symbol.asyncIterator](), signals: mine.splice(0) })
        send({ type: 'stream', id })
      } else send({ type: 'value', id, value: outgoing(result).value }, transferOf(result))
    } catch (error) {
      fail(id, error)
    } finally {
      for (const handle of mine) signals.delete(handle)
    }
  }

  async function pull(id: number): Promise<void> {
    try {
      const next = await (streams.get(id)?.items.next() ?? { done: true as const, value: undefined })
      if (next.done) forget(id)
      send({ type: 'item', id, done: next.done === true, value: outgoing(next.value).value }, transferOf(next.value))
    } catch (error) {
      forget(id)
      fail(id, error)
    }
  }

  function forget(id: number): AsyncIterator<unknown> | undefined {
    const stream = streams.get(id)
    streams.delete(id)
    for (const handle of stream?.signals ?? []) signals.delete(handle)
    return stream?.items
  }

  const end = () => {
    for (const controller of signals.values()) controller.abort(new RpcError('gone', 'The caller is gone.'))
    for (const { items } of streams.values()) void Promise.resolve(items.return?.()).catch(() => {})
    signals.clear()
    streams.clear()
  }
  port.on('message', (message: ToServer) => {
    if (message.type === 'call') void call(message)
    else if (message.type === 'pull') void pull(message.id)
    else if (message.type === 'abort') signals.get(message.handle)?.abort(revived(message.reason))
    else if (message.type === 'end') close()
    else void Promise.resolve(forget(message.id)?.return?.()).catch(() => {})
  })
  port.on('close', end)
  const close = () => {
    end()
    port.close()
  }
  return {
    emit: (name, value, moved) => send({ type: 'event', name, value: outgoing(value, moved).value }, moved),
    close,
  }
}

export interface Connection<Api, Events> {
  readonly api: Async<Api>
  on<K extends keyof Events & string>(name: K, listener: (value: Events[K]) => void): () => void
  /** Resolves when the other side is gone, with why; never rejects. */
  readonly closed: Promise<RpcError>
  /** Rejects what is pending and closes a port; a `Worker` is left to its owner. */
  close(): void
  /** The other side aborts what runs and closes its port; a thread with nothing else to do then ends. */
  end(): void
}

export interface ConnectOptions {
  /** Makes an error of the caller's class from what crossed; undefined leaves it a plain Error with name and code. */
  readonly revive?: (error: PlainError) => Error | undefined
}

interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Connects to what the other end of the port serves; messages queue until it does. */
export function connect<Api, Events = Record<string, never>>(
  port: MessagePort | Worker,
  options: ConnectOptions = {},
): Connection<Api, Events> {
  let nextId = 0
  let gone: RpcError | null = null
  const pending = new Map<number, Pending>()
  const handlesOf = new Map<number, () => void>()
  const callbacks = new Map<number, (...args: unknown[]) => unknown>()
  const listeners = new Map<string, Set<(value: never) => void>>()
  let tellClosed: (error: RpcError) => void = () => {}
  const closed = new Promise<RpcError>((resolve) => {
    tellClosed = resolve
  })

  const send = (message: ToServer, moved: readonly Transferable[] = []) => port.postMessage(message, [...moved])

  /** Registers what must be undone when call or stream `id` ends. */
  function bind(id: number, bound: readonly (Handle & { readonly target: unknown })[]): void {
    const undo: (() => void)[] = []
    for (const { id: handle, target } of bound) {
      if (target instanceof AbortSignal) {
        const abort = () => {
          if (gone === null) send({ type: 'abort', handle, reason: plainError(target.reason) })
        }
        target.addEventListener('abort', abort, { once: true })
        undo.push(() => target.removeEventListener('abort', abort))
      } else if (isFunction(target)) {
        callbacks.set(handle, target)
        undo.push(() => callbacks.delete(handle))
      }
    }
    handlesOf.set(id, () => {
      handlesOf.delete(id)
      for (const step of undo) step()
    })
  }

  function settled(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => pending.set(id, { resolve, reject }))
  }

  function call(path: readonly string[], args: readonly unknown[]): Promise<unknown> & AsyncIterable<unknown> {
    nextId += 1
    const id = nextId
    const reply = (async () => {
      if (gone !== null) throw gone
      const moved = args.flatMap((arg) => [...transferOf(arg)])
      const packed = outgoing([...args], moved, () => ++nextId)
      for (const { target } of packed.handles) if (target instanceof AbortSignal) target.throwIfAborted()
      const handles = packed.handles.map(({ id: handle, kind, path: at }) => ({ id: handle, kind, path: at }))
      send({ type: 'call', id, path, args: packed.value, handles }, moved)
      bind(id, packed.handles)
      return settled(id)
    })()
    return Object.assign(reply, { [Symbol.asyncIterator]: () => read(id, reply) })
  }

  async function* read(id: number, opened: Promise<unknown>): AsyncGenerator<unknown, void> {
    await opened
    let finished = false
    try {
      for (;;) {
        if (gone !== null) throw gone
        const item = settled(id)
        send({ type: 'pull', id })
        const next = await item.catch((error: unknown) => {
          finished = true
          throw error
        })
        if (!isItem(next) || next.done) {
          finished = true
          return
        }
        yield next.value
      }
    } finally {
      handlesOf.get(id)?.()
      if (!finished && gone === null) send({ type: 'drop', id })
    }
  }

  function take(id: number): Pending | undefined {
    const call = pending.get(id)
    pending.delete(id)
    return call
  }

  function end(error: RpcError): void {
    if (gone !== null) return
    gone = error
    for (const call of pending.values()) call.reject(error)
    for (const undo of [...handlesOf.values()]) undo()
    pending.clear()
    tellClosed(error)
  }

  port.on('message', (message: ToClient) => {
    if (message.type === 'event')
      for (const listener of listeners.get(message.name) ?? []) listener(message.value as never)
    else if (message.type === 'callback') callbacks.get(message.handle)?.(...message.args)
    else if (message.type === 'item') take(message.id)?.resolve(message)
    else if (message.type === 'stream') take(message.id)?.resolve(undefined)
    else {
      handlesOf.get(message.id)?.()
      if (message.type === 'value') take(message.id)?.resolve(message.value)
      else take(message.id)?.reject(options.revive?.(message.error) ?? revived(message.error))
    }
  })
  let failure: unknown
  port.on('error', (error: unknown) => {
    failure = error
  })
  port.on('exit', (code: number) => end(new RpcError('gone', `The worker thread ended (exit code ${code}).`, failure)))
  port.on('close', () => end(new RpcError('gone', 'The other side closed the connection.')))

  return {
    api: remote([], call) as Async<Api>,
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => set.delete(listener)
    },
    closed,
    close() {
      end(new RpcError('gone', 'The connection was closed here.'))
      if ('close' in port) port.close()
    },
    end() {
      if (gone === null) send({ type: 'end' })
    },
  }
}

/** A callable whose properties are callables, each knowing its path. `then` is left out, or awaiting one would call it. */
function remote(path: readonly string[], call: (path: readonly string[], args: readonly unknown[]) => unknown): object {
  const children = new Map<string, object>()
  return new Proxy(() => {}, {
    get(_target, name) {
      if (typeof name !== 'string' || name === 'then') return undefined
      const child = children.get(name) ?? remote([...path, name], call)
      children.set(name, child)
      return child
    },
    apply: (_target, _self, args: unknown[]) => call(path, args),
  })
}

function resolve(api: object, path: readonly string[]): (...args: unknown[]) => unknown {
  let owner: unknown
  let value: unknown = api
  for (const name of path) {
    owner = value
    value = isObject(value) && !(name in Object.prototype) ? Reflect.get(value, name) : undefined
  }
  if (!isFunction(value)) throw new RpcError('no-method', `Nothing is served under the name ${path.join('.')}.`)
  return value.bind(owner)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}

function isItem(value: unknown): value is { readonly done: boolean; readonly value: unknown } {
  return isObject(value) && 'done' in value && 'value' in value
}
