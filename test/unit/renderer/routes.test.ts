import { describe, expect, it } from 'vitest'
import { fromHash, type Route, toHash } from '../../../src/renderer/lib/routes.ts'
import type { ChatId, CommunityId, MessageId, Millis } from '../../../src/shared/domain.ts'

const community = `0x02${'ab'.repeat(32)}` as CommunityId
const chat = `${community}12345678-1234-1234-1234-123456789abc` as ChatId

describe('addresses', () => {
  const places: Route[] = [
    { at: 'home' },
    { at: 'community', community },
    { at: 'channel', community, chat, message: null },
    {
      at: 'channel',
      community,
      chat,
      message: { clock: 1_700_000_000_000 as Millis, id: `0x${'cd'.repeat(32)}` as MessageId },
    },
    { at: 'channel', community, chat, message: { clock: 0 as Millis, id: 'discord.1%2&?=#' as MessageId } },
    { at: 'history', community },
    { at: 'archiving', community },
    { at: 'search', community, text: '' },
    { at: 'search', community, text: 'a & b = "c" #d % é' },
    { at: 'join', link: 'https://status.app/c#zQ3sh?&=%' },
    { at: 'transfers' },
    { at: 'network' },
    { at: 'settings' },
    { at: 'qa' },
  ]
  it.each(places.map((route) => [toHash(route), route] as const))('%s and back', (hash, route) => {
    expect(fromHash(hash)).toEqual(route)
  })

  it.each(['', '#', '#/', '#/nowhere', '#/c', '#/c/0x02', `#/c/${community.toUpperCase()}`, '#/c/<script>'])(
    '%s leads home',
    (hash) => expect(fromHash(hash)).toEqual({ at: 'home' }),
  )

  it('what is no channel leads to the community, what is no message to the channel', () => {
    expect(fromHash(`#/c/${community}/nonsense`)).toEqual({ at: 'community', community })
    for (const at of ['x', '.', '12', '12.', '.0xab', '-1.0xab', '1.5.x y', 'NaN.0xab'])
      expect(fromHash(`${toHash({ at: 'channel', community, chat, message: null })}?at=${at}`)).toMatchObject({
        message: null,
      })
  })
})
