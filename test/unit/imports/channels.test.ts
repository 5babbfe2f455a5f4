import { describe, expect, it } from 'vitest'
import { channelNamed, planChannel } from '../../../src/main/imports/channels.ts'
import type { Channel, ChatId } from '../../../src/shared/domain.ts'

const channel = (chatId: string, name: string) => ({ chatId: chatId as ChatId, name }) as Channel
const channels = [channel('0x1', 'general'), channel('0x2', 'log'), channel('0x3', 'log'), channel('0x4', '0x1')]
const head = { channelId: '77', channelName: 'general' }
const earlier = [
  { foreignId: '77', chatId: '0x2' as ChatId },
  { foreignId: '78', chatId: '0x3' as ChatId },
]
const existing = (chatId: string) => ({ kind: 'existing', chatId })

describe('the channel of an export', () => {
  it.each([
    ['named by the id over there', [{ from: '77', to: '0x3' }], earlier, existing('0x3')],
    ['named by the name over there', [{ from: 'general', to: '0x3' }], earlier, existing('0x3')],
    [
      'named by both: the id counts',
      [
        { from: 'general', to: '0x3' },
        { from: '77', to: 'log' },
      ],
      [],
      existing('0x2'),
    ],
    ['not named: where it went before', [{ from: '78', to: '0x3' }], earlier, existing('0x2')],
    ['never seen: the one of the same name', [], [], existing('0x1')],
    ['gone since: the one of the same name', [], [{ foreignId: '77', chatId: '0x9' as ChatId }], existing('0x1')],
  ])('%s', (_, map, before, plan) => {
    expect(planChannel(head, channels, map, before)).toEqual(plan)
  })

  it('is a new one where nothing fits', () => {
    expect(planChannel({ channelId: '1', channelName: 'lamps' }, channels, [], earlier)).toEqual({
      kind: 'new',
      name: 'lamps',
    })
  })

  it('is found by its id before any of that name', () => {
    expect(channelNamed('0x1', channels)?.name).toBe('general')
    expect(channelNamed('log', channels)?.chatId).toBe('0x2')
    expect(channelNamed('nothing', channels)).toBeNull()
  })
})
