/**
 * What may be called a name, a text or an emoji. The same rules where a person types, at the contract and in the rooms:
 * nothing that is invisible, that reorders the line it stands in, or that fills a screen.
 */
export const NAME_LENGTH = 100
export const TEXT_LENGTH = 500
/** What people read before they join, and when they leave. */
export const MESSAGE_LENGTH = 1400
export const MAX_TAGS = 20
export const TAG_LENGTH = 50
/** UTF-16 units: the longest family with all its skin tones is shorter. */
const EMOJI_LENGTH = 64

/** Controls and separators of lines; in a text of several lines, line feed and tab are content. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u
const CONTROL_IN_TEXT = /[\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/u
/** Embeddings, overrides and isolates: they make the rest of a line read backwards. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/
const LONE_SURROGATE = /\p{Cs}/u
/** Something to see: neither space nor format nor a mark on nothing. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u
const ALL_HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu

/** What is wrong with it, as the end of a sentence that begins with whose name it is; null if nothing is. */
export function nameProblem(name: string, length: number = NAME_LENGTH): string | null {
  // By its units first: nobody counts the characters of a megabyte.
  if (name.length > 2 * length || [...name].length > length) return `has at most ${length} characters`
  if (name.trim() === '') return 'must not be empty'
  if (CONTROL.test(name) || LONE_SURROGATE.test(name)) return 'must not hold control characters'
  if (BIDI.test(name)) return 'must not hold characters that turn the direction of reading'
  return VISIBLE.test(name) ? null : 'must show something'
}

/** The same for a text of several lines, which may be empty. */
export function textProblem(text: string, length: number = TEXT_LENGTH): string | null {
  if (text.length > 2 * length || [...text].length > length) return `has at most ${length} characters`
  if (CONTROL_IN_TEXT.test(text) || LONE_SURROGATE.test(text)) return 'must not hold control characters'
  return BIDI.test(text) ? 'must not hold characters that turn the direction of reading' : null
}

/** One emoji, or none. */
export function emojiProblem(emoji: string): string | null {
  if (emoji === '') return null
  if (emoji.length > EMOJI_LENGTH || !PICTURE.test(emoji)) return 'is one emoji'
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(emoji)
  return first?.segment === emoji && !(CONTROL.test(emoji) || BIDI.test(emoji)) ? null : 'is one emoji'
}

/** A stranger's name for themselves, as far as it can be shown; empty where nothing of it can. */
export function shownName(name: string): string {
  const plain = name
    .slice(0, 4 * NAME_LENGTH)
    .replace(ALL_HARMFUL, '')
    .trim()
  const cut = [...plain].slice(0, NAME_LENGTH).join('')
  return nameProblem(cut) === null ? cut : ''
}

/** Two names that people cannot tell apart. */
export const sameName = (a: string, b: string): boolean => a.trim().normalize('NFC') === b.trim().normalize('NFC')
