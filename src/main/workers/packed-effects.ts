/**
 * The effects of many messages as two runs of bytes. Threads hand a batch on in this form, and hand it over: as objects,
 * each message would be taken apart and put together again at every port, by threads that have no use for it. Pure.
 */
import type { ChatId, CommunityId, ContactId } from '../../shared/domain.ts'
import type { MessageEffect } from '../store/records.ts'

export interface PackedEffects {
  /** JSON in UTF-8: `Batch`. */
  readonly text: Uint8Array<ArrayBuffer>
  /** The bodies, one behind the other. */
  readonly bodies: Uint8Array<ArrayBuffer>
  readonly count: number
}

/** Where and by whom something was said is much longer than most of what is said, and the same again and again. */
interface Batch {
  readonly names: readonly string[]
  readonly effects: readonly Packed[]
}

type Named = 'communityId' | 'chatId' | 'author'
/** Of a name its place in `names`, and of a body its length. */
type Packed = Omit<MessageEffect, 'body' | Named> & Readonly<Record<Named, number>> & { readonly body?: number }

export function packEffects(effects: readonly MessageEffect[]): PackedEffects {
  const places = new Map<string, number>()
  const placeOf = (name: string): number => {
    const known = places.get(name)
    if (known !== undefined) return known
    places.set(name, places.size)
    return places.size - 1
  }
  let size = 0
  const packed = effects.map((effect): Packed => {
    const names = {
      communityId: placeOf(effect.communityId),
      chatId: placeOf(effect.chatId),
      author: placeOf(effect.author),
    }
    if (effect.kind !== 'chat') return { ...effect, ...names }
    size += effect.body.length
    return { ...effect, ...names, body: effect.body.length }
  })
  const bodies = new Uint8Array(size)
  let at = 0
  for (const effect of effects) {
    if (effect.kind !== 'chat') continue
    bodies.set(effect.body, at)
    at += effect.body.length
  }
  const batch: Batch = { names: [...places.keys()], effects: packed }
  return { text: new TextEncoder().encode(JSON.stringify(batch)), bodies, count: effects.length }
}

/** What can be handed over of a batch. */
export const handed = ({ text, bodies }: PackedEffects): ArrayBuffer[] => [text.buffer, bodies.buffer]

/** The reverse, for what `packEffects` made in another thread of this program. Bodies are views on `bodies`. */
export function unpackEffects({ text, bodies }: PackedEffects): MessageEffect[] {
  const json = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString()
  const { names, effects } = JSON.parse(json) as Batch
  let end = 0
  return effects.map((packed) => {
    const communityId = names[packed.communityId] as CommunityId
    const chatId = names[packed.chatId] as ChatId
    const author = names[packed.author] as ContactId
    if (packed.body === undefined) return { ...packed, communityId, chatId, author } as MessageEffect
    end += packed.body
    const body = bodies.subarray(end - packed.body, end)
    return { ...packed, communityId, chatId, author, body } as MessageEffect
  })
}
