/**
 * The shape of a protobuf message, as scripts/proto.mjs writes it from proto/*.proto. One shape drives both directions,
 * so that what is checked on reading is what is written on sending.
 */
export type ScalarKind = 'bool' | 'int32' | 'uint32' | 'uint64' | 'string' | 'bytes'

/**
 * `single`: a scalar whose default is not written, or a message that may be absent. `optional`: a scalar with explicit
 * presence (proto3 `optional`, or a member of a oneof).
 */
export type Cardinality = 'single' | 'optional' | 'repeated' | 'map'

export interface FieldShape {
  readonly id: number
  readonly name: string
  readonly kind: ScalarKind | 'message'
  readonly cardinality: Cardinality
  /** Of a message or of a map's message values. */
  readonly shape: MessageShape<unknown> | null
  /** Of a map. */
  readonly key: 'string' | 'uint32' | null
  /** Members of one oneof share it: reading one forgets the others. */
  readonly oneof: string | null
}

declare const decoded: unique symbol
export interface MessageShape<T> {
  readonly name: string
  /** By ascending number: the canonical order of writing. */
  readonly fields: readonly FieldShape[]
  readonly byId: ReadonlyMap<number, FieldShape>
  /** Only for the type checker: what `decode` gives. */
  readonly [decoded]?: T
}

/** What `encode` takes: every field may be left out, at every depth. */
export type Init<T> = T extends Uint8Array
  ? Uint8Array
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<K, Init<V>>
    : T extends readonly (infer E)[]
      ? readonly Init<E>[]
      : T extends object
        ? { readonly [K in keyof T]?: Init<T[K]> | undefined }
        : T

/** Used by generated code only. */
export function shape<T>(name: string, fields: readonly FieldShape[]): MessageShape<T> {
  return { name, fields, byId: new Map(fields.map((field) => [field.id, field])) }
}

/** Used by generated code only. */
export function field(
  id: number,
  name: string,
  cardinality: Cardinality,
  kind: ScalarKind | MessageShape<unknown>,
  more: { readonly key?: 'string' | 'uint32'; readonly oneof?: string } = {},
): FieldShape {
  const scalar = typeof kind === 'string'
  return {
    id,
    name,
    cardinality,
    kind: scalar ? kind : 'message',
    shape: scalar ? null : kind,
    key: more.key ?? null,
    oneof: more.oneof ?? null,
  }
}
