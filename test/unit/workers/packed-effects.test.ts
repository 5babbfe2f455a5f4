import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageEffect } from '../../../src/main/store/records.ts'
import { EffectPacker, handed, packEffects, unpackEffects } from '../../../src/main/workers/packed-effects.ts'
import { chat, chatOf, edit, other, personOf, pin, react, remove } from '../store/support.ts'

/** Every character that a line, its end or its encoding could trip over. */
const text = fc.string({ unit: fc.constantFrom('a', '\n', '\u2028', '"', '\\', 'é', '世', '🙂', '\0') })
const effect: fc.Arbitrary<MessageEffect> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(text, fc.uint8Array(), fc.constantFrom('alice', 'bob'), fc.boolean()).map(posted) },
  text.map((words) => edit('e', 'a', words, { communityId: other, chatId: chatOf('far', other) })),
  fc.boolean().map((privileged) => remove('d', 'a', privileged)),
  fc.boolean().map((pinned) => pin('p', 'a', pinned)),
  fc.boolean().map((retracted) => react('r', 'a', '❤', retracted)),
)

function posted([words, body, author, more]: [string, Uint8Array, string, boolean]): MessageEffect {
  const origin = { kind: 'discord', authorId: words, avatarUrl: '' } as const
  const contents = { images: 2, held: ['link', 'file'], thread: null } as const
  return chat(words, { text: words, body, author: personOf(author), ...(more ? { origin, contents } : {}) })
}

describe('packed effects', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(effect, { maxLength: 40 }), (effects) => {
        const packed = packEffects(effects)
        expect(packed.count).toBe(effects.length)
        expect([...unpackEffects(packed)]).toEqual(effects)
      }),
    )
  })

  it('of one batch leave nothing in the next, also when the first was handed over', () => {
    const packer = new EffectPacker()
    packer.add(chat('long', { text: 'x'.repeat(200_000), body: new Uint8Array(100_000).fill(7) }))
    const first = packer.take()
    structuredClone(first, { transfer: handed(first) })
    packer.add(chat('second', { author: personOf('bob') }))
    expect([...unpackEffects(packer.take())]).toEqual([chat('second', { author: personOf('bob') })])
    expect([...unpackEffects(packer.take())]).toEqual([])
  })
})
