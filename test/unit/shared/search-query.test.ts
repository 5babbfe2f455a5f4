import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Millis } from '../../../src/shared/domain.ts'
import { marksIn } from '../../../src/shared/search-marks.ts'
import { parseSearch, type SearchTerms, spanOf } from '../../../src/shared/search-query.ts'

const nothing: SearchTerms = parseSearch('')
const word = (...words: string[]) => ({ words, isPrefix: false })
const at = (text: string) => Date.parse(text) as Millis

describe('what was typed', () => {
  it.each<[string, Partial<SearchTerms>]>([
    ['', {}],
    ['  \t ', {}],
    ['?!… 👍 --', {}],
    ['lamp', { terms: [word('lamp')], mayGoOn: true }],
    ['lamp ', { terms: [word('lamp')] }],
    ['la', { terms: [word('la')] }],
    ['lamp oil ', { terms: [word('lamp'), word('oil')] }],
    ['"lamp oil"', { terms: [word('lamp', 'oil')] }],
    ['“lamp oil”', { terms: [word('lamp', 'oil')] }],
    ['"lamp oil', { terms: [word('lamp', 'oil')] }],
    ['"" lamp ', { terms: [word('lamp')] }],
    ['status-go/v2 ', { terms: [word('status', 'go', 'v2')] }],
    ['arch*', { terms: [{ words: ['arch'], isPrefix: true }] }],
    ['a*', { terms: [word('a')] }],
    ['lamp -oil ', { terms: [word('lamp')], without: [word('oil')] }],
    ['-"lamp oil"', { without: [word('lamp', 'oil')] }],
    ['author:ada', { authors: { only: ['ada'], not: [] } }],
    ['from:"Ada L" -author:bob', { authors: { only: ['Ada L'], not: ['bob'] } }],
    ['channel:#general in:random', { channels: { only: ['general', 'random'], not: [] } }],
    ['has:image has:links -HAS:Reply', { has: { only: ['image', 'link'], not: ['reply'] } }],
    ['before:2024-03', { to: at('2024-03-01') }],
    ['after:2024-03-01', { from: at('2024-03-01') }],
    ['on:2024-02-29', { from: at('2024-02-29'), to: at('2024-03-01') }],
    ['after:2024 after:2025 before:2026 before:2025-06', { from: at('2025-01-01'), to: at('2025-06-01') }],
    ['after:2024-03-01T10:30Z', { from: at('2024-03-01T10:30Z') }],
    ['after:2024-03-01T10:30:15+02:00', { from: at('2024-03-01T08:30:15Z') }],
    ['before:yesterday has:fun author: -on:2024', { ignored: ['before:yesterday', 'has:fun', 'author:', '-on:2024'] }],
    ['http://x.example/ ', { terms: [word('http', 'x', 'example')] }],
    ['text:lamp ', { terms: [word('text', 'lamp')] }],
    ['lamp AND (NOT oil) ', { terms: ['lamp', 'AND', 'NOT', 'oil'].map((one) => word(one)) }],
  ])('%j', (typed, expected) => {
    expect(parseSearch(typed)).toEqual({ ...nothing, ...expected })
  })

  it('names days as the person has them', () => {
    expect(parseSearch('on:2024-03-01', { utcOffset: 120 })).toMatchObject({
      from: at('2024-02-29T22:00Z'),
      to: at('2024-03-01T22:00Z'),
    })
    expect(parseSearch('after:2024-03-01T10:00Z', { utcOffset: 120 }).from).toBe(at('2024-03-01T10:00Z'))
  })

  it.each(['2024-02-30', '2024-13', '2024-00', '1969', '24-01-01', '2024-01-01T25:00', '2024-01-01x', ''])(
    'has no day called %j',
    (text) => expect(spanOf(text, 0)).toBeNull(),
  )

  it('is never an error, however long, and asks for a bounded number of words that are nothing but words', () => {
    const pieces = fc.constantFrom(
      '"',
      '-',
      ':',
      '*',
      ' ',
      '(',
      'author:',
      'has:',
      'before:',
      'NEAR(',
      '\u0000',
      '“',
      '^',
    )
    const typed = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 8 })), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(typed, (parts) => {
        const { terms, without } = parseSearch(parts.join(''))
        const words = [...terms, ...without].flatMap((term) => term.words)
        expect(words.length).toBeLessThanOrEqual(24)
        for (const one of words) expect(one).toMatch(/^[\p{L}\p{M}\p{N}\p{Co}]+$/u)
        for (const term of [...terms, ...without]) expect(term.words.length).toBeGreaterThan(0)
      }),
    )
    const started = performance.now()
    parseSearch('"'.repeat(500))
    parseSearch('a:'.repeat(250))
    parseSearch('-'.repeat(500))
    expect(performance.now() - started).toBeLessThan(100)
  })
})

describe('marks', () => {
  const marked = (text: string, typed: string) =>
    marksIn(text, parseSearch(typed)).map(({ from, to }) => text.slice(from, to))

  it.each([
    ['Déjà VU in the archives', 'deja vu ', ['Déjà', 'VU']],
    ['the index and Indexes of reindexing', 'index', ['index', 'Indexes']],
    ['the index and Indexes', 'index ', ['index']],
    ['the index and Indexes', 'ind*', ['index', 'Indexes']],
    ['lamp oil, oil lamp, lamp-oil', '"lamp oil"', ['lamp oil', 'lamp-oil']],
    ['lamp oil lamp', '"lamp oil" lamp ', ['lamp oil', 'lamp']],
    ['lamp oil', 'lamp -oil ', ['lamp']],
    ['lamp oil', 'author:lamp', []],
    ['', 'lamp', []],
    ['Ελλάδα', 'ΕΛΛΑΔΑ ', ['Ελλάδα']],
  ])('in %j of %j', (text, typed, expected) => expect(marked(text, typed)).toEqual(expected))

  it('are in order, apart from each other and within the text, whatever both are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, typed) => {
        let end = 0
        for (const { from, to } of marksIn(`${text} ${typed} ${text}`, parseSearch(typed))) {
          expect(from).toBeGreaterThanOrEqual(end)
          expect(to).toBeGreaterThan(from)
          end = to
        }
        expect(end).toBeLessThanOrEqual(text.length * 2 + typed.length + 2)
      }),
    )
  })

  it('are bounded', () => {
    expect(marksIn('a '.repeat(100_000), parseSearch('a ')).length).toBeLessThanOrEqual(200)
  })
})
