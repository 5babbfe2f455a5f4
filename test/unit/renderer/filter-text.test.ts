/** Filters that are chosen stand in the text as if they had been typed, and the search reads them there. */
import { describe, expect, it } from 'vitest'
import { toggled, valuesOf, withValues } from '../../../src/renderer/features/search/filter-text.ts'
import { parseSearch } from '../../../src/shared/search-query.ts'

describe('a filter in a text', () => {
  it('is put behind the words, replaces the one before, and goes without a trace', () => {
    const once = withValues('lamp oil', 'channel', ['general'])
    expect(once).toBe('lamp oil channel:general')
    expect(withValues(once, 'channel', ['old news'])).toBe('lamp oil channel:"old news"')
    expect(withValues('lamp channel:"old news" oil', 'channel', [])).toBe('lamp oil')
  })

  it('is read back, quoted or not, and a word that only looks like it is left alone', () => {
    expect(valuesOf('channel:"old news" has:image has:pin', 'channel')).toEqual(['old news'])
    expect(valuesOf('channel:"old news" has:image has:pin', 'has')).toEqual(['image', 'pin'])
    expect(valuesOf('-has:image beforehas:image', 'has')).toEqual([])
    expect(withValues('-has:image lamp', 'has', [])).toBe('-has:image lamp')
  })

  it('is switched on and off beside others of its kind, and means what the search takes it for', () => {
    const both = toggled(toggled('lamp', 'has', 'image'), 'has', 'pin')
    expect(parseSearch(withValues(both, 'after', ['2026-03-01']))).toMatchObject({
      terms: [{ words: ['lamp'] }],
      has: { only: ['image', 'pin'] },
      from: Date.UTC(2026, 2, 1),
      ignored: [],
    })
    expect(toggled(both, 'has', 'image')).toBe('lamp has:pin')
  })
})
