/** What the node that is not there answers about histories to their owner: what keeps it from publishing, and keys. */
import type { EventName, EventPayload, Handlers, History, RequestOutput } from '../../src/shared/contract.ts'
import type { CommunityId, Millis, Seconds } from '../../src/shared/domain.ts'
import { buildWorld, fakeLink, type World } from './fake-world.ts'

export type Retention = RequestOutput<'history.retention'>

export interface FakeOwnerParts {
  readonly worlds: World[]
  worldOf(id: string): World
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  /** What the test wants said, in every community. */
  readonly history: Partial<History>
  readonly retention: Partial<Retention>
  /** What other requests decide. */
  shown(id: CommunityId): Pick<History, 'interval' | 'paused' | 'seeding'>
  retentionDays(): number
  now(): number
  refuse(code: string, message: string, action: string): Error
  readonly password: string
}

/** The private key that the fake gives out for every community. */
export const fakeKey = `0x${'5a'.repeat(32)}`
/** No curve has this one. */
export const impossibleKey = '0'.repeat(64)

export function fakeOwner(parts: FakeOwnerParts) {
  const { worlds, worldOf, emit, shown, now, refuse } = parts
  let said = parts.history
  let retention = parts.retention
  const say = (communityId: CommunityId, change: Partial<History>): void => {
    said = { ...said, ...change }
    emit('history.changed', { communityId })
  }
  return {
    'communities.exportKey': async ({ password }) => {
      if (password !== parts.password) throw refuse('wrong-password', 'That is not the password.', 'Try again.')
      return { key: fakeKey }
    },
    'communities.adopt': async ({ key, historyArchives }) => {
      if (key.endsWith(impossibleKey))
        throw refuse('bad-key', 'This is not the private key of a community.', 'Copy the private key anew.')
      const seed = worlds.length + 1
      const world = buildWorld(seed, { name: '', role: 'owner', channels: [], weeks: 0, archives: 'none' })
      const community = { ...world.community, members: 0, historyArchives: historyArchives ?? true }
      worlds.push({ ...world, community })
      const detail = 'The newest archives of this community are being looked for.'
      const hold = { reason: 'looking' as const, detail, since: now() as Millis, done: 0, total: 0 }
      said = { ...said, standing: 'held', hold }
      emit('communities.changed', { id: community.id })
      return community
    },
    'history.show': async ({ communityId }) => {
      const { archives, community } = worldOf(communityId)
      const isOwner = community.role === 'owner'
      return {
        archives: [...archives],
        lastEnd: archives.length > 0 ? (Math.max(...archives.map(({ to }) => to)) as Seconds) : null,
        nextAt: isOwner && community.historyArchives ? ((now() + 467_862_000) as Millis) : null,
        unarchived: isOwner ? 19 : 0,
        links:
          archives.length > 0
            ? [{ engine: 'torrent' as const, clock: now() as Millis, link: fakeLink(1), state: 'current' }]
            : [],
        gaps: [],
        wanted: { kind: 'all' as const },
        replaces: false,
        replaced: 0,
        refused: [],
        standing: isOwner ? ('publishing' as const) : ('member' as const),
        hold: null,
        rival: null,
        ...shown(communityId),
        ...said,
      }
    },
    'history.startAfresh': async ({ communityId, name }) => {
      if (name.trim() !== worldOf(communityId).community.name)
        throw refuse('wrong-name', 'Type the name of the community exactly as it is written above.', 'Correct it.')
      say(communityId, { standing: 'publishing', hold: null })
    },
    'history.resolveRival': async ({ communityId, choice }) => {
      if (!said.rival) throw refuse('no-rival', 'No other device with the key of this community was heard.', '')
      const { since } = said.rival
      const hold = { reason: 'yielded' as const, detail: 'Another device publishes.', since, done: 0, total: 0 }
      const isYielding = choice === 'yield'
      say(communityId, {
        standing: isYielding ? 'held' : 'publishing',
        hold: isYielding ? hold : null,
        rival: { ...said.rival, choice },
      })
    },
    'history.retention': async ({ communityId }) => {
      worldOf(communityId)
      const nothing = { records: 0, bytes: 0, held: 0, oldestKept: null, reusable: 0 }
      return { days: parts.retentionDays(), ...nothing, ...retention }
    },
    'history.prune': async ({ communityId, dryRun }) => {
      worldOf(communityId)
      const { records = 0, bytes = 0 } = retention
      if (!dryRun) retention = { ...retention, records: 0, bytes: 0, reusable: bytes }
      return { dryRun, records, bytes, returned: 0 }
    },
  } satisfies Partial<Handlers>
}
