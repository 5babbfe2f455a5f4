import { describe, expect, it } from 'vitest'
import { furtherWindows, logInOf, profileAmong } from '../../../src/main/shell/further.ts'
import { fromHash } from '../../../src/renderer/lib/routes.ts'

describe('the profile that a start names', () => {
  it.each([
    [['chronicle', '--profile', 'Ines Ferro'], 'Ines Ferro'],
    [['chronicle', '--no-sandbox', '--profile=Jo'], 'Jo'],
    [['chronicle', '--profile'], null],
    [['chronicle', '--profile='], null],
    [['chronicle', '--profiles', 'Jo'], null],
    [['chronicle', `--profile=${'x'.repeat(101)}`], null],
  ])('%j: %s', (words, profile) => {
    expect(profileAmong(words)).toBe(profile)
  })

  it('is where its window begins', () => {
    expect(fromHash(logInOf('A & B?#/'))).toEqual({ at: 'home', profile: 'A & B?#/' })
  })
})

describe('further windows', () => {
  it('are so many and no more; each node is closed once, however the program ends', async () => {
    let [opened, closed] = [0, 0]
    const further = furtherWindows({
      openApi: async () => {
        opened++
        return { close: async () => void closed++ } as never
      },
      openWindow: async (_profile, onWindow) => {
        const window = { once: () => {}, show: () => {}, focus: () => {} } as never
        onWindow(window)
        return window
      },
      tell: () => () => {},
      onNone: () => {},
      log: () => {},
    })
    for (let n = 0; n < 20; n++) await further.open(`person ${n % 10}`)
    expect(opened).toBe(8)
    await further.close()
    expect(closed).toBe(8)
  })
})
