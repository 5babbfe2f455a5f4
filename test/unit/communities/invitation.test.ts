import { describe, expect, it } from 'vitest'
import { communityIdIn, linkTo } from '../../../src/main/communities/invitation.ts'
import { communityId } from '../../support/people.ts'

/** As a published test of Status' own link maker has it. */
const KEY = 'zQ3shYSHp7GoiXaauJMnDcjwU2yNjdzpXLosAWapPS4CFxc11'
const key = linkTo(communityId).split('#')[1] ?? ''

describe('an invitation', () => {
  it.each([
    ['an id', communityId],
    ['an id in capitals, with spaces around it', `  ${communityId.toUpperCase().replace('0X', '0x')}\n`],
    ['a key', key],
    ['the link made here', linkTo(communityId)],
    ['a link with data that is not looked at', `https://status.app/c/iyKACkQKB0Rvb2RsZXM=#${key}`],
    [
      'a link to one of its channels',
      `https://status.app/cc/G54AAKwObLdpiGjXnckYzRcOSq0QQAS_CURGfqVU42ceGHCObstUIknTTZDOKF3E8y2MSicncpO7fTskXnoACiPKeejvjtLTGWNxUhlT7fyQS7Jrr33UVHluxv_PLjV2ePGw5GQ33innzeK34pInIgUGs5RjdQifMVmURalxxQKwiuoY5zwIjixWWRHqjHM=#${key}`,
    ],
    ['an older link', `https://join.status.im/c/${communityId}`],
    ['a link for the app', `status-app://c/${communityId}`],
    ['a link for the app with a key', `status-app://c#${key}`],
  ])('may be %s', (_, text) => {
    expect(communityIdIn(text)).toBe(communityId)
  })

  it('holds the key in the form that Status makes', () => {
    expect(communityIdIn(`https://status.app/c#${KEY}`)).toMatch(/^0x0[23][0-9a-f]{64}$/)
    expect(linkTo(communityIdIn(KEY))).toBe(`https://status.app/c#${KEY}`)
  })

  it.each([
    ['nothing', ''],
    ['a person', `https://status.app/u#${key}`],
    ['another site', `https://status.app.example.org/c#${key}`],
    ['a site that only looks like it', `https://evil.example/c/${communityId}`],
    ['a key with a digit changed', `${key.slice(0, -1)}!`],
    ['half a key', key.slice(0, 20)],
    ['a script', `javascript:c/${communityId}`],
    ['a file', `file:///c/${communityId}`],
    ['a name', 'Lighthouse'],
    ['a magnet link', 'magnet:?xt=urn:btih:08585778ae3839c2157380622638286f35d42ba8'],
    ['a megabyte', `https://status.app/c/${'x'.repeat(1_000_000)}#${key}`],
    ['a megabyte of key', `https://status.app/c#z${'1'.repeat(1_000_000)}`],
  ])('is refused when it is %s, in words', (_, text) => {
    expect(() => communityIdIn(text)).toThrow(expect.objectContaining({ code: 'bad-link' }))
  })
})
