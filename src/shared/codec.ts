/**
 * Text frames for carriers that cannot clone structures: JSON, and two tags for what JSON lacks. The WebSocket thus
 * carries the same values as Electron's IPC. One JSON object with the single own key `$` stands for something else:
 *
 *   {"$": ["bytes", base64]}   a Uint8Array
 *   {"$": ["bigint", digits]}  a bigint
 *   {"$": ["object", {…}]}     an ordinary object that itself has the single key `$`
 *
 * `undefined` fields are left out, as JSON does. Nothing else is understood: a Date, a Map or a function is refused on
 * the way out, an unknown tag on the way in.
 */

// Both Node and browsers have these; the shared code is compiled without either's library.
declare function btoa(binary: string): string
declare function atob(base64: string): string

const tag = '$'

export class CodecError extends Error {
  readonly code = 'bad-frame'
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'CodecError'
  }
}

/** @throws {CodecError} for values that no frame can carry. */
export function encode(value: unknown): string {
  return JSON.stringify(pack(value)) ?? 'null'
}

/** @throws {CodecError} if the text is not JSON or carries an unknown tag. */
export function decode(text: string): unknown {
  try {
    return unpack(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof CodecError) throw cause
    throw new CodecError('The frame is not well-formed.', { cause })
  }
}

function pack(value: unknown): unknown {
  if (typeof value === 'bigint') return { [tag]: ['bigint', value.toString()] }
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new CodecError(`A ${typeof value} cannot be sent.`)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(pack)
  if (value instanceof Uint8Array) return { [tag]: ['bytes', toBase64(value)] }
  if (!isPlain(value)) throw new CodecError('Only plain objects, arrays, bytes and primitive values can be sent.')
  const packed = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, pack(field)]))
  return isTagged(packed) ? { [tag]: ['object', packed] } : packed
}

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unpack)
  if (isTagged(value)) return untag(value[tag])
  return unpackFields(value)
}

function untag(content: unknown): unknown {
  const [kind, inner]: unknown[] = Array.isArray(content) ? content : []
  if (kind === 'bytes' && typeof inner === 'string') return fromBase64(inner)
  if (kind === 'bigint' && typeof inner === 'string' && /^-?\d{1,1000}$/.test(inner)) return BigInt(inner)
  if (kind === 'object' && typeof inner === 'object' && inner !== null) return unpackFields(inner)
  throw new CodecError('The frame carries an unknown tag.')
}

/** fromEntries defines own properties, so that a field called `__proto__` stays a field. */
const unpackFields = (value: object): object =>
  Object.fromEntries(Object.entries(value).map(([key, field]) => [key, unpack(field)]))

const isTagged = (value: object): value is { readonly [tag]: unknown } =>
  Object.hasOwn(value, tag) && Object.keys(value).length === 1

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A chunk, because a call takes only so many arguments. */
const chunk = 0x8000

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk))
  return btoa(binary)
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch (cause) {
    throw new CodecError('The frame carries bytes that are not base64.', { cause })
  }
}
