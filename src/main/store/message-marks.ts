/**
 * What a message is, as words for the search index: whose, where, and what it holds. They stand in a column of their
 * own, so that nothing that anybody writes is mistaken for one. Pure.
 */

/** Bits of `messages.holds`: what only the encoded message tells, and whether reactions stand. Never reorder. */
export const heldBits = { link: 1, file: 2, audio: 4, sticker: 8, reaction: 16 } as const
export type Held = keyof typeof heldBits

/** What one can search for with `has:`. */
export type Mark = Held | 'image' | 'reply' | 'thread' | 'edit' | 'pin'

export interface MarkedMessage {
  readonly community: number
  readonly chat: number
  readonly author: number
  readonly text: string
  readonly images: number
  readonly holds: number
  readonly isReply: boolean
  readonly isInThread: boolean
  readonly isEdited: boolean
  readonly isPinned: boolean
}

export const markWord = (mark: Mark): string => `has${mark}`
export const communityWord = (community: number): string => `k${community}`
export const chatWord = (chat: number): string => `c${chat}`
export const authorWord = (author: number): string => `a${author}`

export function marksOf(message: MarkedMessage): string {
  const held = (mark: Held) => (message.holds & heldBits[mark]) !== 0
  const marks: readonly [Mark, boolean][] = [
    ['link', held('link') || /https?:\/\//i.test(message.text)],
    ['file', held('file')],
    ['audio', held('audio')],
    ['sticker', held('sticker')],
    ['image', message.images > 0],
    ['reply', message.isReply],
    ['thread', message.isInThread],
    ['edit', message.isEdited],
    ['pin', message.isPinned],
    ['reaction', held('reaction')],
  ]
  const words = [communityWord(message.community), chatWord(message.chat), authorWord(message.author)]
  for (const [mark, is] of marks) if (is) words.push(markWord(mark))
  return words.join(' ')
}

export function holdsOf(held: readonly Held[]): number {
  return held.reduce((bits, mark) => bits | heldBits[mark], 0)
}
