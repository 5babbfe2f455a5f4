import { describe, expect, it } from 'vitest'
import { linkAmong, placeOfLink } from '../../../src/main/shell/links.ts'
import { fromHash } from '../../../src/renderer/lib/routes.ts'

const community = `0x02${'ab'.repeat(32)}`
const channel = '12345678-1234-1234-1234-123456789abc'
const id = `0x${'cd'.repeat(32)}`

describe('a link leads', () => {
  it.each([
    [`chronicle://c/${community}`, { at: 'community', community }],
    [`chronicle://c/${community}/history`, { at: 'history', community }],
    [`chronicle://c/${community}/people`, { at: 'people', community }],
    [`chronicle://c/${community}/${channel}`, { at: 'channel', chat: `${community}${channel}`, message: null }],
    [`chronicle://c/${community}/${channel}?at=17.${id}`, { at: 'channel', message: { clock: 17, id } }],
    [`chronicle://c/${community}/${channel}?at=17.a.b%26`, { at: 'channel', message: { clock: 17, id: 'a.b&' } }],
    ['https://status.app/c/G1#zQ3shabc', { at: 'join', link: 'https://status.app/c/G1#zQ3shabc' }],
    ['https://join.status.im/c/0x03', { at: 'join', link: 'https://join.status.im/c/0x03' }],
    ['status-app://c#zQ3shabc', { at: 'join', link: 'status-app://c#zQ3shabc' }],
    [
      `chronicle://join?link=${encodeURIComponent('https://status.app/c#zQ3sh')}`,
      { at: 'join', link: 'https://status.app/c#zQ3sh' },
    ],
  ])('%s to its place', (link, place) => {
    const hash = placeOfLink(link)
    expect(hash).toMatch(/^#\//)
    expect(fromHash(hash ?? '')).toMatchObject(place)
  })

  it('to the channel where what stands for a message is none', () => {
    for (const at of ['x', '17.', '.0xab', '-1.0xab', '1e9.x', `${'9'.repeat(20)}.x`])
      expect(placeOfLink(`chronicle://c/${community}/${channel}?at=${encodeURIComponent(at)}`)).toBe(
        `#/c/${community}/${channel}`,
      )
  })

  it.each([
    '',
    'chronicle',
    'chronicle://',
    'chronicle://settings',
    'chronicle://c/0x02',
    `chronicle://c/${community.toUpperCase()}`,
    `chronicle://c/${community}/nowhere`,
    `chronicle://c/${community}/${channel}/more`,
    `chronicle://user:pass@c/${community}`,
    `chronicle://c:80/${community}`,
    'chronicle://join?link=https://evil.example/',
    `chronicle://join?link=${encodeURIComponent(`chronicle://c/${community}`)}`,
    'http://status.app/c#zQ3sh',
    'https://status.app.evil.example/c#zQ3sh',
    'https://user@status.app/c#zQ3sh',
    'https://status.app:8443/c#zQ3sh',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'app://chronicle/',
    `https://status.app/c#${'x'.repeat(5000)}`,
  ])('%s nowhere', (link) => expect(placeOfLink(link)).toBeNull())

  it('from among the words of a command line', () => {
    expect(linkAmong(['/opt/chronicle', '--flag', `chronicle://c/${community}`, 'chronicle://c/x'])).toBe(
      `#/c/${community}`,
    )
    expect(linkAmong(['/opt/chronicle', '--flag'])).toBeNull()
  })
})
