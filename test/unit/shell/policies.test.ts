import { describe, expect, it } from 'vitest'
import { isPermissionAllowed } from '../../../src/main/shell/permissions.ts'
import { isAppUrl, isLoadable, isSafeExternal } from '../../../src/main/shell/trusted-url.ts'

describe('addresses', () => {
  it.each([
    ['app://chronicle/', true],
    ['app://chronicle/index.html#/c/x', true],
    ['app://chronicle', true],
    ['app://other/', false],
    ['app://chronicle.evil.example/', false],
    ['app://chronicle@evil.example/', false],
    ['app://user:pass@chronicle/', false],
    ['app://chronicle:1/', false],
    ['apps://chronicle/', false],
    ['https://chronicle/', false],
    ['file:///etc/passwd', false],
    ['about:blank', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['blob:app://chronicle/1', false],
    ['', false],
    ['nonsense', false],
  ])('%s is ours: %s', (url, ours) => expect(isAppUrl(url)).toBe(ours))

  it.each([
    ['https://example.org/a?b#c', true],
    ['http://example.org/', false],
    ['https://user@example.org/', false],
    ['https://user:pass@example.org/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['smb://server/share', false],
    ['ms-settings:privacy', false],
    ['app://chronicle/', false],
    ['//example.org', false],
    ['', false],
  ])('%s may be handed to the system: %s', (url, safe) => expect(isSafeExternal(url)).toBe(safe))

  it.each([
    ['app://chronicle/assets/x.js', true],
    ['data:image/png;base64,AA', true],
    ['blob:app://chronicle/1', true],
    ['devtools://devtools/bundled/x.html', true],
    ['https://example.org/pixel.png', false],
    ['http://127.0.0.1:9/', false],
    ['ws://127.0.0.1:9/', false],
    ['file:///etc/passwd', false],
    ['app://other/', false],
  ])('R4.7 %s may be loaded: %s', (url, loadable) => expect(isLoadable(url)).toBe(loadable))
})

describe('permissions', () => {
  it('are denied, except to put text on the clipboard', () => {
    expect(isPermissionAllowed('clipboard-sanitized-write', 'app://chronicle/')).toBe(true)
    for (const permission of [
      'clipboard-read',
      'notifications',
      'media',
      'geolocation',
      'openExternal',
      'fileSystem',
      'usb',
      'unknown',
    ])
      expect(isPermissionAllowed(permission, 'app://chronicle/')).toBe(false)
  })

  it('are denied to everyone else', () => {
    for (const url of ['https://evil.example/', 'app://other/', 'about:blank', ''])
      expect(isPermissionAllowed('clipboard-sanitized-write', url)).toBe(false)
  })
})
