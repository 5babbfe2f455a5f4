/** What rpc.ts puts into its messages: values made ready to be cloned, handles in their places, and errors. */
import type { Transferable } from 'node:worker_threads'

/** A thing that cannot be cloned, taken out of the arguments at `path` and rebuilt there on the other side. */
export interface Handle {
  readonly id: number
  readonly kind: 'signal' | 'callback'
  readonly path: readonly (string | number)[]
}

export interface PlainError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Own primitive properties: code, retryable, and the like. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: PlainError | null
}

/** The connection's own failures. `gone`: the other side died or closed. `no-method`: it serves nothing by that name. */
export class RpcError extends Error {
  readonly code: 'gone' | 'no-method' | 'unclonable'
  constructor(code: RpcError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RpcError'
    this.code = code
  }
}

const moved = new WeakMap<object, readonly Transferable[]>()

/** Marks an argument or a result: these buffers of it are moved, not copied, and are empty here afterwards. */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  moved.set(value, list)
  return value
}

export function transferOf(value: unknown): readonly Transferable[] {
  return typeof value === 'object' && value !== null ? (moved.get(value) ?? []) : []
}

interface Packed<T> {
  readonly value: T
  readonly handles: readonly (Handle & { readonly target: unknown })[]
}

/**
 * A value ready for structured cloning: views on part of a buffer become buffers of their own (a clone would carry the
 * whole of it), and, where `newId` is given, signals and functions become handles. Shares what need not change.
 */
export function outgoing<T>(
  value: T,
  list: readonly Transferable[] = transferOf(value),
  newId?: () => number,
): Packed<T> {
  const handles: (Handle & { target: unknown })[] = []
  /** Of what is being looked at: one that grows and shrinks, for most values hold no handle and many thousand items. */
  const path: (string | number)[] = []
  const whole = new Set<unknown>(list)

  function walk(item: unknown): unknown {
    if (typeof item === 'function' && newId !== undefined) return handle('callback', item)
    if (typeof item !== 'object' || item === null) return item
    if (item instanceof Uint8Array) return isPart(item) && !whole.has(item.buffer) ? new Uint8Array(item) : item
    if (Array.isArray(item)) return walkArray(item)
    if (item instanceof AbortSignal && newId !== undefined) return handle('signal', item)
    return isPlain(item) ? walkObject(item) : item
  }
  function walkAt(item: unknown, place: string | number): unknown {
    path.push(place)
    const next = walk(item)
    path.pop()
    return next
  }
  function walkArray(items: readonly unknown[]): readonly unknown[] {
    let copy: unknown[] | null = null
    items.forEach((item, index) => {
      const next = walkAt(item, index)
      if (next === item) return
      copy ??= [...items]
      copy[index] = next
    })
    return copy ?? items
  }
  function walkObject(object: Readonly<Record<string, unknown>>): object {
    let copy: Record<string, unknown> | null = null
    for (const key of Object.keys(object)) {
      const item = object[key]
      const next = walkAt(item, key)
      if (next === item) continue
      copy ??= { ...object }
      copy[key] = next
    }
    return copy ?? object
  }
  function handle(kind: Handle['kind'], target: unknown): null {
    handles.push({ id: newId?.() ?? 0, kind, path: [...path], target })
    return null
  }
  return { value: walk(value) as T, handles }
}

/** Puts what `make` gives for each handle into its place. Changes `args`, which were cloned for us. */
export function hydrate(args: unknown[], handles: readonly Handle[], make: (handle: Handle) => unknown): unknown[] {
  for (const handle of handles) {
    const last = handle.path.at(-1)
    let place: unknown = args
    for (const step of handle.path.slice(0, -1))
      if (typeof place === 'object' && place !== null) place = Reflect.get(place, step)
    if (typeof place === 'object' && place !== null && last !== undefined) Reflect.set(place, last, make(handle))
  }
  return args
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '', fields: {}, cause: null }
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) {
    if (key !== 'name' && ['string', 'number', 'boolean', 'bigint'].includes(typeof value)) fields[key] = value
  }
  const cause = error.cause === undefined ? null : plainError(error.cause)
  return { name: error.name, message: error.message, stack: error.stack ?? '', fields, cause }
}

/** An Error with the name, message and fields of the one that crossed; not an instance of its class. */
export function revived(plain: PlainError): Error {
  const error = new Error(plain.message, plain.cause === null ? undefined : { cause: revived(plain.cause) })
  Object.defineProperty(error, 'name', { value: plain.name, configurable: true, writable: true })
  if (plain.stack !== '') error.stack = plain.stack
  return Object.assign(error, plain.fields)
}

function isPart(view: Uint8Array): boolean {
  return view.byteLength !== view.buffer.byteLength && view.buffer instanceof ArrayBuffer
}

function isPlain(item: object): item is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(item)
  return prototype === Object.prototype || prototype === null
}
