/** Sixty queries for a corpus, always the same ones: a third of rare words, a third of middling and a third of common. */
import type { CorpusMessage } from '../../../src/main/demo/index.ts'
import { wordsOf } from '../../../src/shared/search-query.ts'

export type Rarity = 'rare' | 'middling' | 'common'
export interface StoredQuery {
  readonly text: string
  readonly rarity: Rarity
}

const EACH = 20
/** Shares of all messages. */
const shares: Readonly<Record<Rarity, readonly [from: number, to: number]>> = {
  rare: [0, 0.001],
  middling: [0.001, 0.05],
  common: [0.05, 1],
}

/** Every fourth is more than one word: a phrase, an exclusion, a person and a time, a channel. */
export function storedQueries(corpus: readonly CorpusMessage[]): StoredQuery[] {
  const counts = new Map<string, number>()
  const phrases = new Map<string, string>()
  for (const { text } of corpus) {
    const words = wordsOf(text.toLowerCase())
    for (const word of new Set(words)) if (isPlain(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const [n, word] of words.entries()) {
      const next = words[n + 1]
      if (next !== undefined && isPlain(word)) phrases.set(word, `${word} ${next}`)
    }
  }
  const byCount = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const [author, channel] = [corpus[0]?.author ?? '', corpus[0]?.channel ?? '']
  return (Object.keys(shares) as Rarity[]).flatMap((rarity) => {
    const [from, to] = shares[rarity]
    const fitting = byCount.filter(([, count]) => count > from * corpus.length && count <= to * corpus.length)
    // A small corpus may have no rare words: then its rarest.
    const words = fitting.length >= EACH ? fitting : byCount.slice(-EACH)
    const step = Math.max(1, Math.floor(words.length / EACH))
    return words
      .filter((_, n) => n % step === 0)
      .slice(0, EACH)
      .map(([word], n) => {
        const forms = [
          `"${phrases.get(word) ?? word}"`,
          `${word} -merge`,
          `${word} author:${author} after:2018`,
          `${word} channel:${channel} before:2025`,
        ]
        return { rarity, text: n % 4 === 3 ? (forms[(n >> 2) % forms.length] ?? word) : word }
      })
  })
}

const isPlain = (word: string): boolean => /^[a-z]{2,}$/.test(word)
