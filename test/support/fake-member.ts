/** What the node that is not there answers a member about their history. */
import { coverage } from '../../src/main/archives/coverage.ts'
import type { Handlers, History, RequestOutput } from '../../src/shared/contract.ts'
import type { CommunityId, Seconds } from '../../src/shared/domain.ts'
import { fakeNow, type World, week } from './fake-world.ts'

/** Told as the real node tells it. The two newest archives nobody else has; an owner has said something since. */
export function coverageOf(
  { community, archives }: World,
  gaps: History['gaps'],
  limit: number,
): RequestOutput<'history.coverage'> {
  const now = Math.floor(fakeNow / 1000) as Seconds
  const weeks = coverage({
    archives: archives.map((one, back) => ({ ...one, peers: back < 2 ? 0 : 1 + (back % 4) })),
    live: community.role === 'owner' && archives.length > 0 ? [{ at: now, messages: 19 }] : [],
    gaps,
    wanted: { kind: 'all' },
  })
  return { weeks: weeks.length, newest: weeks.slice(-limit) }
}

type Replacing = 'history.previewReplacement' | 'history.setReplacement' | 'history.restoreReplaced'

/** 12 messages that are in no archive; switched on, they are put aside at once. */
export function fakeReplacement(changed: (communityId: CommunityId) => void): Pick<Handlers, Replacing> {
  const on = new Set<CommunityId>()
  const aside = new Map<CommunityId, number>()
  const from = (Math.floor(fakeNow / 1000 / week) * week - 3 * week) as Seconds
  return {
    'history.previewReplacement': async ({ communityId }) => {
      const replaced = aside.get(communityId) ?? 0
      const messages = 12 - replaced
      return {
        ...{ on: on.has(communityId), messages, replaced, more: false, younger: 4, unread: 0 },
        weeks: messages === 0 ? [] : [{ from, messages }],
        first: [],
      }
    },
    'history.setReplacement': async ({ communityId, on: wanted }) => {
      if (wanted) aside.set(communityId, 12)
      if (wanted) on.add(communityId)
      else on.delete(communityId)
      changed(communityId)
    },
    'history.restoreReplaced': async ({ communityId }) => {
      const messages = aside.get(communityId) ?? 0
      aside.delete(communityId)
      on.delete(communityId)
      changed(communityId)
      return { messages }
    },
  }
}
