import { describe, expect, it } from 'vitest'
import { type AdoptionFacts, type LinkFound, nextStep } from '../../../src/main/archives/adoption-policy.ts'
import type { ArchiveLink, EngineKind, Millis } from '../../../src/shared/domain.ts'

const at = (n: number): Millis => n as Millis
const HOUR = 3_600_000
const link = (clock: number, state: LinkFound['state'], engine: EngineKind = 'torrent'): LinkFound => ({
  engine,
  link: `${engine} ${clock}` as ArchiveLink,
  clock: at(clock),
  hints: [],
  state,
  reason: '',
})
const facts: AdoptionFacts = {
  now: at(1000),
  since: at(1000),
  described: at(50),
  published: at(0),
  links: [],
  running: new Set<EngineKind>(['torrent', 'codex']),
  archives: { here: 0, all: 0 },
}

describe('R1.3 before anything is published in a community that was founded elsewhere', () => {
  it.each<[string, Partial<AdoptionFacts>, unknown]>([
    ['its description must be known', { described: null }, { act: 'wait', reason: 'no-description' }],
    ['nothing is missing if it never had archives', { described: at(0) }, { act: 'nothing' }],
    ['nor if they are all ours', { published: at(50) }, { act: 'nothing' }],
    ['a link must be found', {}, { act: 'wait', reason: 'no-link' }],
    ['one that was refused is none', { links: [link(50, 'refused')] }, { act: 'wait', reason: 'no-link' }],
    [
      'one older than the description waits',
      { links: [link(49, 'done')] },
      { act: 'wait', reason: 'newer-link-missing' },
    ],
    ['R3.5 for an hour', { links: [link(49, 'done')], now: at(1000 + HOUR) }, { act: 'continue' }],
    ['all of it must be here', { links: [link(50, 'opened')] }, { act: 'wait', reason: 'fetching' }],
    [
      'an engine must run',
      { links: [link(50, 'accepted')], running: new Set() },
      { act: 'wait', reason: 'engine-off' },
    ],
    ['then it is continued', { links: [link(50, 'done')] }, { act: 'continue' }],
    ['by one engine at least', { links: [link(50, 'opened', 'codex'), link(50, 'done')] }, { act: 'continue' }],
    [
      'not by an older one',
      { links: [link(50, 'opened', 'codex'), link(49, 'done')] },
      { act: 'wait', reason: 'fetching' },
    ],
  ])('%s', (_, given, step) => {
    expect(nextStep({ ...facts, ...given })).toMatchObject(step as object)
  })
})
