import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { MessageText } from '../../../src/renderer/features/messages/message-text.tsx'
import { pieces } from '../../../src/renderer/features/messages/text.ts'
import { excerpt, highlight } from '../../../src/renderer/features/search/highlight.ts'
import { stateOf } from '../../../src/renderer/features/transfers/state.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'

const kinds = (text: string) => pieces(text).map(({ kind, text: part }) => [kind, part])

describe('a message’s text', () => {
  it.each([
    ['plain', [['text', 'plain']]],
    ['', []],
    [
      'a `b` c',
      [
        ['text', 'a '],
        ['code', 'b'],
        ['text', ' c'],
      ],
    ],
    [
      '`a``b`',
      [
        ['code', 'a'],
        ['code', 'b'],
      ],
    ],
    ['one ` alone', [['text', 'one ` alone']]],
    ['two `\n` lines', [['text', 'two `\n` lines']]],
    [
      'x\n```js\nlet a\nlet b\n```\ny',
      [
        ['text', 'x\n'],
        ['block', 'let a\nlet b'],
        ['text', '\ny'],
      ],
    ],
    ['```open', [['text', '```open']]],
    ['```inline```', [['block', 'inline']]],
  ])('%j is %j', (text, expected) => expect(kinds(text)).toEqual(expected))

  it('loses nothing but the marks of code', () => {
    const text = 'a `b` ```c``` d ` e'
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe('a b c d ` e')
  })

  it('stays text: no element is made of what somebody wrote', () => {
    const attack =
      '<img src=x onerror=alert(1)> `<script>alert(2)</script>` [x](javascript:alert(3)) https://evil.example/pixel.png'
    const html = renderToStaticMarkup(createElement(MessageText, { text: attack }))
    expect(html.match(/<(\w+)/g)).toEqual(['<div', '<code'])
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
  })

  it('is cut in time that grows with its length only', () => {
    const started = performance.now()
    pieces('`'.repeat(4_096))
    pieces('```'.repeat(1_365))
    pieces('` '.repeat(2_048))
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('what was searched for', () => {
  it('is cut out where the node says, and the text stays whole', () => {
    const parts = highlight('one two three two', [
      { from: 4, to: 7 },
      { from: 14, to: 17 },
    ])
    expect(parts.filter(({ isHit }) => isHit).map(({ text, at }) => [text, at])).toEqual([
      ['two', 4],
      ['two', 14],
    ])
    expect(parts.map(({ text }) => text).join('')).toBe('one two three two')
    expect(highlight('text', [])).toEqual([{ text: 'text', isHit: false, at: 0 }])
  })

  it('is nothing where the text does not go on so far, or twice at one place', () => {
    const marks = [
      { from: 0, to: 2 },
      { from: 1, to: 3 },
      { from: 3, to: 9 },
    ]
    expect(highlight('text', marks).map(({ text, isHit }) => [text, isHit])).toEqual([
      ['te', true],
      ['xt', false],
    ])
  })

  it('is in sight in a long text', () => {
    const long = `${'word '.repeat(200)}needle${' word'.repeat(200)}`
    const shown = excerpt(long, [{ from: 1000, to: 1006 }])
    expect(shown.find(({ isHit }) => isHit)?.text).toBe('needle')
    const text = shown.map((part) => part.text).join('')
    expect(text.length).toBeLessThan(320)
    expect(text.startsWith('… ')).toBe(true)
    expect(excerpt('short', [])).toEqual([{ text: 'short', isHit: false, at: 0 }])
  })
})

describe('a transfer', () => {
  const transfer = {
    communityId: '0x02' as CommunityId,
    engine: 'torrent' as const,
    link: '' as ArchiveLink,
    seeding: true,
    peers: 0,
    bytesDone: 0,
    bytesTotal: 100,
    downloadRate: 0,
    uploadRate: 0,
    pieces: { total: 0, here: 0, parts: [] },
    trouble: '',
  }
  it.each([
    [{ peers: 0 }, 'waiting'],
    [{ peers: 2 }, 'downloading'],
    [{ bytesDone: 100 }, 'seeding'],
    [{ bytesDone: 100, seeding: false }, 'complete'],
    [{ bytesTotal: 0, seeding: true }, 'looking'],
    [{ trouble: 'Nobody answers.' }, 'failed'],
    [{ trouble: 'Nobody answers.', downloadRate: 1 }, 'downloading'],
  ])('with %j is %s', (change, state) => expect(stateOf({ ...transfer, ...change })).toBe(state))
})
