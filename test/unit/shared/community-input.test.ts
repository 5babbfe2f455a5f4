/** What the contract lets through to a node: hostile names end here, before anything is stored or sent. */
import { describe, expect, it } from 'vitest'
import { requests } from '../../../src/shared/contract.ts'
import { shownName } from '../../../src/shared/texts.ts'

const id = `0x02${'ab'.repeat(32)}`
const good = { name: 'Lighthouse', description: '', color: '#1f2c75', channels: ['general'], historyArchives: true }
const takes = (change: object) => requests['communities.create'].input.safeParse({ ...good, ...change }).success
const megabyte = 'x'.repeat(1_000_000)

describe('input about communities', () => {
  it('is taken as people type it, without the spaces around it', () => {
    expect(requests['communities.create'].input.parse({ ...good, name: '  Lighthouse ' }).name).toBe('Lighthouse')
    expect(takes({ emoji: '🗼', joining: 'request', tags: ['sea'], introMessage: 'Hi,\nwelcome' })).toBe(true)
  })

  it.each([
    ['an empty name', { name: '' }],
    ['a white name', { name: ' \n ' }],
    ['a megabyte of name', { name: megabyte }],
    ['a megabyte of channel', { channels: [megabyte] }],
    ['a control character', { name: 'a\u0007' }],
    ['a name read backwards', { name: 'a\u202eb' }],
    ['a megabyte of emoji', { emoji: '🗼'.repeat(300_000) }],
    ['two emoji', { emoji: '🗼🗼' }],
    ['a megabyte of text', { introMessage: megabyte }],
    ['a thousand tags', { tags: Array(1000).fill('t') }],
    ['a thousand channels', { channels: Array(1000).fill('t') }],
    ['a policy that is none', { joining: 'closed' }],
  ])('%s is refused', (_, change) => {
    expect(takes(change)).toBe(false)
  })

  it('lists carry limits', () => {
    for (const name of ['communities.members', 'communities.requests'] as const) {
      const { input } = requests[name]
      expect(input.safeParse({ id }).success).toBe(false)
      expect(input.safeParse({ id, limit: 100_000 }).success).toBe(false)
      expect(input.safeParse({ id, limit: 100 }).success).toBe(true)
    }
    const contactIds = Array(101).fill(`0x04${'ab'.repeat(64)}`)
    expect(requests['communities.accept'].input.safeParse({ id, contactIds }).success).toBe(false)
    expect(requests['communities.join'].input.safeParse({ link: megabyte }).success).toBe(false)
  })

  it('what strangers call themselves is shown without what would harm, or not at all', () => {
    expect(shownName(' Ada\u202e\u0007 ')).toBe('Ada')
    expect(shownName('\u200b')).toBe('')
    expect([...shownName(megabyte)]).toHaveLength(100)
  })
})
