/**
 * The effects of many messages as two runs of bytes. Threads hand a batch on in this form, and hand it over: as objects,
 * each message would be taken apart and put together again at every port, by threads that have no use for it. Pure.
 */
import type { MessageEffect } from '../store/records.ts'

export interface PackedEffects {
  /** JSON in UTF-8: a list of effects; those that have a body say its length instead. */
  readonly text: Uint8Array<ArrayBuffer>
  /** The bodies, one behind the other. */
  readonly bodies: Uint8Array<ArrayBuffer>
  readonly count: number
}

type Packed = Omit<MessageEffect, 'body'> & { readonly body?: number }

export function packEffects(effects: readonly MessageEffect[]): PackedEffects {
  let size = 0
  const packed = effects.map((effect): Packed => {
    if (effect.kind !== 'chat') return effect
    size += effect.body.length
    return { ...effect, body: effect.body.length }
  })
  const bodies = new Uint8Array(size)
  let at = 0
  for (const effect of effects) {
    if (effect.kind !== 'chat') continue
    bodies.set(effect.body, at)
    at += effect.body.length
  }
  return { text: new TextEncoder().encode(JSON.stringify(packed)), bodies, count: effects.length }
}

/** What can be handed over of a batch. */
export const handed = ({ text, bodies }: PackedEffects): ArrayBuffer[] => [text.buffer, bodies.buffer]

/** The reverse, for what `packEffects` made in another thread of this program. Bodies are views on `bodies`. */
export function unpackEffects({ text, bodies }: PackedEffects): MessageEffect[] {
  let at = 0
  const json = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString()
  return (JSON.parse(json) as Packed[]).map((packed) => {
    if (packed.body === undefined) return packed as MessageEffect
    const body = bodies.subarray(at, at + packed.body)
    at += packed.body
    return { ...packed, body } as MessageEffect
  })
}
