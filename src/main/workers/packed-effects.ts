/**
 * The effects of many messages as one text and one run of bytes. Threads hand a batch on in this form: as objects, each
 * message would be taken apart and put together again at every port, by threads that have no use for it. Pure.
 */
import type { MessageEffect } from '../store/records.ts'

export interface PackedEffects {
  /** JSON: a list of effects; those that have a body say its length instead. */
  readonly text: string
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
  return { text: JSON.stringify(packed), bodies, count: effects.length }
}

/** The reverse, for what `packEffects` made in another thread of this program. Bodies are views on `bodies`. */
export function unpackEffects({ text, bodies }: PackedEffects): MessageEffect[] {
  let at = 0
  return (JSON.parse(text) as Packed[]).map((packed) => {
    if (packed.body === undefined) return packed as MessageEffect
    const body = bodies.subarray(at, at + packed.body)
    at += packed.body
    return { ...packed, body } as MessageEffect
  })
}
