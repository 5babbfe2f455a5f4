/** Which parts of a text were searched for. Pure. */
export interface Part {
  readonly text: string
  readonly isHit: boolean
  readonly at: number
}

const wordsOf = (query: string): string[] =>
  query
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)

/** Cuts a text where one of the query's words begins a word, or the whole query is found. */
export function highlight(text: string, query: string): Part[] {
  const words = wordsOf(query)
  if (words.length === 0) return [{ text, isHit: false, at: 0 }]
  // Longest first: of two words that begin alike, the longer one is what was meant.
  const alternatives = words.sort((a, b) => b.length - a.length).map(literal)
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})`, 'giu')
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index), isHit: false, at: end })
    parts.push({ text: match[0], isHit: true, at: match.index })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ text: text.slice(end), isHit: false, at: end })
  return parts
}

/** The part of a long text around the first hit, whole words, at most about `length` characters. */
export function excerpt(text: string, query: string, length = 300): string {
  if (text.length <= length) return text
  const [first, second] = highlight(text, query)
  const hit = first?.isHit ? first.at : (second?.at ?? 0)
  const from = Math.max(0, hit - 80)
  const start = from === 0 ? 0 : text.indexOf(' ', from) + 1
  const part = text.slice(start, start + length)
  return `${start > 0 ? '… ' : ''}${part.trimEnd()}${start + length < text.length ? ' …' : ''}`
}

const literal = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
