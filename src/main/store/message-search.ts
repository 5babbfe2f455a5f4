/** What a person typed, as a query that FTS5 understands whatever was typed. Pure. */

/** At most this many words count: every further one only costs time. */
const mostWords = 16

/**
 * Every word must occur; the last one may be the beginning of a word, as it is still being typed. Operators, quotes and
 * punctuation mean nothing. Null if there is no word in it.
 */
export function matchQuery(typed: string): string | null {
  const words = typed.match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu)?.slice(0, mostWords) ?? []
  if (words.length === 0) return null
  return `${words.map((word) => `"${word}"`).join(' ')}*`
}
