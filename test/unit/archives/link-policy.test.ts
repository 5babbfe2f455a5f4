import { describe, expect, it } from 'vitest'
import {
  type AnnouncedLink,
  decideLink,
  extendBurst,
  isBehindDescription,
  type LinkContext,
  type LinkState,
  MAX_AHEAD,
  noLinks,
  noteDescriptionClock,
  settlesAt,
} from '../../../src/main/archives/link-policy.ts'
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../../src/shared/domain.ts'

const cid = `0x02${'11'.repeat(32)}` as CommunityId
const now = 1_700_000_000_000 as Millis
const at = (n: number): Millis => n as Millis
const context: LinkContext = {
  now,
  known: true,
  historyArchives: true,
  owner: false,
  joined: true,
  running: new Set<EngineKind>(['torrent', 'codex']),
  interval: 7 * 24 * 3600 * 1000,
}
const announced = (clock: number, link: string, engine: EngineKind = 'codex'): AnnouncedLink => ({
  communityId: cid,
  clock: at(clock),
  engine,
  link: link as ArchiveLink,
  problem: null,
  from: null,
})
const stored = (clock: number, lastLink: string): LinkState => ({ ...noLinks, codex: { clock: at(clock), lastLink } })

describe('a link is acted on', () => {
  it('when it is the first of its community, and its clock and text are remembered', () => {
    const decision = decideLink(noLinks, context, announced(10, 'zA'))
    expect(decision).toEqual({ act: 'process', engine: 'codex', state: stored(10, 'zA') })
  })

  it('with an equal clock and another text', () => {
    expect(decideLink(stored(10, 'zA'), context, announced(10, 'zB'))).toMatchObject({ act: 'process' })
  })

  it('by a clock of its own flavour: a magnet link does not outdate an index', () => {
    const state: LinkState = { ...noLinks, torrent: { clock: at(99), lastLink: 'magnet:' } }
    expect(decideLink(state, context, announced(10, 'zA'))).toEqual({
      act: 'process',
      engine: 'codex',
      state: { ...state, codex: { clock: 10, lastLink: 'zA' } },
    })
  })
})

describe('a link is ignored, with its reason,', () => {
  it.each<[string, Partial<LinkContext>, LinkState, AnnouncedLink]>([
    ['unknown-community', { known: false }, noLinks, announced(10, 'zA')],
    ['archives-off', { historyArchives: false }, noLinks, announced(10, 'zA')],
    ['empty-link', {}, noLinks, { ...announced(10, ''), engine: null, problem: 'empty-link' }],
    ['unknown-link', {}, noLinks, { ...announced(10, ''), engine: null, problem: 'unknown-link' }],
    ['unsafe-link', {}, noLinks, { ...announced(10, ''), engine: null, problem: 'unsafe-link' }],
    ['engine-off', { running: new Set<EngineKind>(['torrent']) }, noLinks, announced(10, 'zA')],
    ['own-link', { owner: true }, noLinks, announced(10, 'zA')],
    ['not-joined', { joined: false }, noLinks, announced(10, 'zA')],
    ['outdated', {}, stored(10, 'zA'), announced(9, 'zB')],
    ['same-link', {}, stored(10, 'zA'), announced(10, 'zA')],
    ['same-link', {}, stored(10, 'zA'), announced(11, 'zA')],
  ])('%s', (reason, change, state, link) => {
    expect(decideLink(state, { ...context, ...change }, link)).toEqual({ act: 'ignore', reason })
  })

  it('a stranger’s before anything else is looked at', () => {
    const everything = { ...context, known: false, historyArchives: false, joined: false }
    expect(decideLink(noLinks, everything, announced(1, 'zA'))).toEqual({ act: 'ignore', reason: 'unknown-community' })
  })
})

describe('a link is held', () => {
  it('R3.5 while its clock is more than 24 h ahead of ours, and not stored', () => {
    const clock = now + MAX_AHEAD + 5
    expect(decideLink(noLinks, context, announced(clock, 'zA'))).toEqual({
      act: 'hold',
      reason: 'clock-ahead',
      engine: 'codex',
      until: now + 5,
    })
    const then = { ...context, now: at(now + 5) }
    expect(decideLink(noLinks, then, announced(clock, 'zA'))).toMatchObject({ act: 'process' })
  })

  it('R3.5 while the description names a newer clock, for at most an hour', () => {
    const state = noteDescriptionClock(noLinks, at(now - 1000), now)
    expect(isBehindDescription(state)).toBe(true)
    expect(decideLink(state, context, announced(now - 2000, 'zA'))).toEqual({
      act: 'hold',
      reason: 'older-than-description',
      engine: 'codex',
      until: now + 3_600_000,
    })
    expect(decideLink(state, context, announced(now - 1000, 'zA'))).toMatchObject({ act: 'process' })
    const hourLater = { ...context, now: at(now + 3_600_000) }
    expect(decideLink(state, hourLater, announced(now - 2000, 'zA'))).toMatchObject({ act: 'process' })
  })

  it('R3.5 a description’s clock from the future is not stored, an older one changes nothing', () => {
    expect(noteDescriptionClock(noLinks, at(now + MAX_AHEAD + 1), now)).toBe(noLinks)
    const state = noteDescriptionClock(noLinks, now, now)
    expect(noteDescriptionClock(state, at(now - 1), at(now + 9))).toBe(state)
    expect(noteDescriptionClock(state, now, at(now + 9))).toBe(state)
  })
})

describe('R3.6 a burst settles', () => {
  it('2 s after its last announcement', () => {
    const burst = extendBurst(extendBurst(null, at(1000)), at(2500))
    expect(settlesAt(burst, 'live')).toBe(4500)
    expect(settlesAt(burst, 'store')).toBe(4500)
  })
  it('at most 20 s after its first', () => {
    let burst = extendBurst(null, at(0))
    for (let t = 0; t <= 30_000; t += 1000) burst = extendBurst(burst, at(t))
    expect(settlesAt(burst, 'live')).toBe(20_000)
  })
  it('at once for a link in a join response', () => {
    expect(settlesAt(extendBurst(null, at(700)), 'join-response')).toBe(700)
  })
})
