import { describe, expect, it } from 'vitest'
import { compareHistories } from '../../../src/main/demo/compare.ts'
import type { HistoryLine } from '../../../src/main/demo/speaker.ts'
import type { MessageId, Millis } from '../../../src/shared/domain.ts'

const line = (n: number, over: Partial<HistoryLine> = {}): HistoryLine => ({
  id: `0x${n}` as MessageId,
  channel: 'general',
  author: 'Ada',
  timestamp: n as Millis,
  text: `text ${n}`,
  ...over,
})
const said = [line(1), line(2), line(3)]

describe('two histories', () => {
  it('are identical whatever their order', () => {
    expect(compareHistories(said, [line(3), line(1), line(2)])).toMatchObject({ identical: true, examples: [] })
  })

  it.each([
    ['one message is missing', [line(1), line(3)], { missing: 1 }],
    ['one was never said', [...said, line(4)], { unexpected: 1 }],
    ['one is there twice', [...said, line(2)], { unexpected: 1 }],
    ['one has another author', [line(1), line(2, { author: 'Eve' }), line(3)], { different: 1 }],
    ['one has another time', [line(1), line(2, { timestamp: 9 as Millis }), line(3)], { different: 1 }],
    ['one has another text', [line(1), line(2, { text: '' }), line(3)], { different: 1 }],
    ['one is in another channel', [line(1), line(2, { channel: 'x' }), line(3)], { different: 1 }],
  ])('differ when %s', (_name, restored, expected) => {
    expect(compareHistories(said, restored)).toMatchObject({ identical: false, ...expected })
  })
})
