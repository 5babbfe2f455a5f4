import { describe, expect, it } from 'vitest'
import { type FollowedDevice, judgeDevice, judgeRepeated } from '../../../src/main/archives/device-policy.ts'
import { decideLink, type LinkState, noLinks } from '../../../src/main/archives/link-policy.ts'
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../../src/shared/domain.ts'

const at = (n: number): Millis => n as Millis
const first = 'aa'.repeat(16)
const second = 'bb'.repeat(16)
const heard = (device: string | null, time: number, successor: string | null = null) => ({
  device,
  successor,
  at: at(time),
})
const followed = (device: string, heardAt: number): FollowedDevice => ({ device, heardAt: at(heardAt) })

describe('R3.7 whose announcements count', () => {
  it.each<[string, FollowedDevice | null, ReturnType<typeof heard>, unknown]>([
    ['the first device that is heard', null, heard(first, 5), { act: 'follow', followed: followed(first, 5) }],
    ['the same device again', followed(first, 5), heard(first, 9), { act: 'follow', followed: followed(first, 9) }],
    ['nobody in particular', followed(first, 5), heard(null, 9), { act: 'follow', followed: followed(first, 5) }],
    ['another one, too early', followed(first, 5), heard(second, 24), { act: 'hold', until: 25 }],
    [
      'another one, after two silent intervals',
      followed(first, 5),
      heard(second, 25),
      { act: 'follow', followed: followed(second, 25) },
    ],
    [
      'the one that was named',
      followed(first, 5),
      heard(first, 9, second),
      { act: 'follow', followed: followed(second, 9) },
    ],
    ['one that names itself', followed(first, 5), heard(second, 9, second), { act: 'hold', until: 25 }],
    [
      'an old word of the one that is followed',
      followed(first, 9),
      heard(first, 5),
      { act: 'follow', followed: followed(first, 9) },
    ],
  ])('%s', (_, before, announced, verdict) => {
    expect(judgeDevice(before, announced, 10)).toEqual(verdict)
  })

  it('a link that is known brings no other device to the fore, but its owner may name a successor with it', () => {
    expect(judgeRepeated(followed(first, 5), heard(second, 99))).toEqual(followed(first, 5))
    expect(judgeRepeated(followed(first, 5), heard(first, 9, second))).toEqual(followed(second, 9))
  })

  it('the name of an installation, copied by a stranger, keeps nobody from being followed', () => {
    const fake = followed('installation fake', 5)
    expect(judgeRepeated(fake, heard('installation true', 6))).toBeNull()
    expect(judgeRepeated(fake, heard(first, 6))).toEqual(fake)
  })

  const community = `0x02${'11'.repeat(32)}` as CommunityId
  const context = {
    now: at(1000),
    known: true,
    historyArchives: true,
    owner: false,
    joined: true,
    running: new Set<EngineKind>(['codex']),
    interval: 10,
  }
  const link = (text: string, clock: number, from: ReturnType<typeof heard>) => ({
    communityId: community,
    clock: at(clock),
    engine: 'codex' as const,
    link: text as ArchiveLink,
    problem: null,
    from,
  })
  const state: LinkState = { ...noLinks, codex: { clock: 10, lastLink: 'zA' }, followed: followed(first, 990) }

  it('a member holds the link of another device until the one it follows was silent, and loses nothing by it', () => {
    const held = decideLink(state, context, link('zB', 11, heard(second, 1000)))
    expect(held).toEqual({ act: 'hold', reason: 'other-device', engine: 'codex', until: 1010 })
    const later = decideLink(state, { ...context, now: at(1010) }, link('zB', 11, heard(second, 1010)))
    expect(later).toMatchObject({ act: 'process', state: { followed: followed(second, 1010) } })
  })

  it('R4.6 an old announcement that named a successor does nothing when it is said again', () => {
    expect(decideLink(state, context, link('zOld', 9, heard(first, 1000, second)))).toEqual({
      act: 'ignore',
      reason: 'outdated',
    })
  })
})
