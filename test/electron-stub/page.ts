/**
 * What runs inside a page. These functions are sent there as text, so each stands by itself: nothing from outside, and
 * nothing that erasing the types would not leave as plain JavaScript.
 *
 * Two worlds share the document: the page's own, and the isolated one that runs the preload script. They speak by
 * events under a name that the page cannot guess. Values are copied; functions cross as numbers and are called back.
 */

export type Pack = (value: unknown) => string
export type Unpack = (text: string) => unknown

/** Structured clone over text. `keep` gives a function a number, `call` makes one of a number; null refuses them. */
export function createCloner(
  keep: ((fn: (...args: unknown[]) => unknown) => number) | null,
  call: ((id: number) => unknown) | null,
): { pack: Pack; unpack: Unpack } {
  const refuse = () => new TypeError('An object could not be cloned.')
  const write = (value: unknown): unknown => {
    if (value === undefined) return { $: 'undefined' }
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return Number.isFinite(value) ? value : { $: 'number', v: String(value) }
    if (typeof value === 'bigint') return { $: 'bigint', v: String(value) }
    if (typeof value === 'function') {
      if (!keep) throw refuse()
      return { $: 'function', v: keep(value as (...args: unknown[]) => unknown) }
    }
    if (typeof value !== 'object') throw refuse()
    if (Array.isArray(value)) return value.map(write)
    if (value instanceof Uint8Array) return { $: 'bytes', v: [...value] }
    if (value instanceof Error) return { $: 'error', v: value.message }
    if (value instanceof Promise) throw refuse()
    return { $: 'object', v: Object.entries(value).map(([key, field]) => [key, write(field)]) }
  }
  const read = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(read)
    const { $: kind, v } = value as { $: string; v: unknown }
    if (kind === 'undefined') return undefined
    if (kind === 'number') return Number(v)
    if (kind === 'bigint') return BigInt(String(v))
    if (kind === 'function') return call?.(Number(v))
    if (kind === 'bytes') return Uint8Array.from(v as number[])
    if (kind === 'error') return new Error(String(v))
    return Object.fromEntries((v as [string, unknown][]).map(([key, field]) => [key, read(field)]))
  }
  return { pack: (value) => JSON.stringify(write(value)), unpack: (text) => read(JSON.parse(text)) }
}

/** One end of the bridge; `expose` puts a value into the other world. */
export function openBridge(
  clonerOf: typeof createCloner,
  ends: { readonly here: string; readonly there: string },
): { expose(name: string, value: unknown): void } {
  type Message =
    | { readonly kind: 'call'; readonly call: number; readonly fn: number; readonly args: string }
    | { readonly kind: 'answer'; readonly how: 'value' | 'error' | 'promise'; readonly value: string }
    | { readonly kind: 'settled'; readonly call: number; readonly ok: boolean; readonly value: string }
    | { readonly kind: 'expose'; readonly name: string; readonly value: string }
  interface Waiting {
    readonly resolve: (value: unknown) => void
    readonly reject: (error: unknown) => void
  }
  const kept: ((...args: unknown[]) => unknown)[] = []
  const waiting = new Map<number, Waiting>()
  const state: { answer: Extract<Message, { kind: 'answer' }> | null; calls: number } = { answer: null, calls: 0 }
  const dispatch = window.dispatchEvent.bind(window)
  const post = (message: Message): void => {
    dispatch(new CustomEvent(ends.there, { detail: JSON.stringify(message) }))
  }
  const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

  /** Stands here for a function over there. The answer comes while the event is being dispatched. */
  const stub =
    (fn: number) =>
    (...args: unknown[]): unknown => {
      const call = ++state.calls
      state.answer = null
      post({ kind: 'call', call, fn, args: pack(args) })
      const answer = state.answer as Extract<Message, { kind: 'answer' }> | null
      state.answer = null
      if (!answer) return undefined
      if (answer.how === 'error') throw unpack(answer.value)
      if (answer.how === 'value') return unpack(answer.value)
      return new Promise((resolve, reject) => waiting.set(call, { resolve, reject }))
    }
  const { pack, unpack } = clonerOf((fn) => kept.push(fn) - 1, stub)

  const run = ({ call, fn, args }: Extract<Message, { kind: 'call' }>): void => {
    try {
      const value = kept[fn]?.(...(unpack(args) as unknown[]))
      if (!(value instanceof Promise)) {
        post({ kind: 'answer', how: 'value', value: pack(value) })
        return
      }
      post({ kind: 'answer', how: 'promise', value: '' })
      value.then(
        (result) => post({ kind: 'settled', call, ok: true, value: pack(result) }),
        (error) => post({ kind: 'settled', call, ok: false, value: pack(asError(error)) }),
      )
    } catch (error) {
      post({ kind: 'answer', how: 'error', value: pack(asError(error)) })
    }
  }
  const freeze = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
    for (const field of Object.values(value)) freeze(field)
    return Object.freeze(value)
  }

  window.addEventListener(
    ends.here,
    (event) => {
      event.stopImmediatePropagation()
      const message = JSON.parse((event as CustomEvent<string>).detail) as Message
      if (message.kind === 'call') run(message)
      else if (message.kind === 'answer') state.answer = message
      else if (message.kind === 'settled') {
        const settle = waiting.get(message.call)
        waiting.delete(message.call)
        if (message.ok) settle?.resolve(unpack(message.value))
        else settle?.reject(unpack(message.value))
      } else Object.defineProperty(window, message.name, { value: freeze(unpack(message.value)), enumerable: true })
    },
    true,
  )
  return { expose: (name, value) => post({ kind: 'expose', name, value: pack(value) }) }
}

/** `require('electron')` of a sandboxed preload script. `send` reaches the main process; `receive` is called by it. */
export function createRenderer(
  clonerOf: typeof createCloner,
  bridge: { expose(name: string, value: unknown): void },
  send: (text: string) => void,
): { readonly electron: object; receive(text: string): void } {
  type Frame =
    | { readonly kind: 'reply'; readonly id: number; readonly ok: boolean; readonly value: unknown }
    | { readonly kind: 'event'; readonly channel: string; readonly args: unknown[] }
  interface Waiting {
    readonly resolve: (value: unknown) => void
    readonly reject: (error: unknown) => void
  }
  const { pack, unpack } = clonerOf(null, null)
  const waiting = new Map<number, Waiting>()
  const listeners = new Map<string, ((...args: unknown[]) => void)[]>()
  const calls = { last: 0 }
  const ipcRenderer = {
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const id = ++calls.last
      const text = pack({ id, channel, args })
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        send(text)
      })
    },
    on(channel: string, listener: (...args: unknown[]) => void): unknown {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
      return ipcRenderer
    },
  }
  return {
    electron: { contextBridge: { exposeInMainWorld: bridge.expose }, ipcRenderer },
    receive(text) {
      const frame = unpack(text) as Frame
      if (frame.kind === 'event') {
        for (const listener of listeners.get(frame.channel) ?? []) listener({ sender: ipcRenderer }, ...frame.args)
        return
      }
      const settle = waiting.get(frame.id)
      waiting.delete(frame.id)
      if (frame.ok) settle?.resolve(frame.value)
      else settle?.reject(frame.value)
    },
  }
}
