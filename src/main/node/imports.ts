/** Wires the room that brings in pasts from elsewhere to communities, archives and the store. */
import type { Import } from '../../shared/contract.ts'
import type { ChatId, CommunityId } from '../../shared/domain.ts'
import type { Archives } from '../archives/index.ts'
import type { Communities } from '../communities/index.ts'
import { type CommunityPort, ImportError, Imports } from '../imports/index.ts'
import { postChatId } from '../messages/index.ts'
import type { Store } from '../store/index.ts'
import { topicBytesOf } from '../wire/index.ts'
import type { ActivityLog } from './activity.ts'
import type { NodeEvents } from './events.ts'
import type { Surroundings } from './options.ts'

export interface ImportsComposition extends Surroundings {
  readonly store: Store
  readonly communities: Communities
  readonly archives: Archives
  readonly events: NodeEvents
  readonly activity: ActivityLog
  readonly imported: (communityId: CommunityId, chatIds: readonly ChatId[]) => void
}

export function composeImports(parts: ImportsComposition): Imports {
  const { store, clock, random, log, communities, archives, events, activity, imported } = parts
  return new Imports({
    store,
    clock,
    random,
    log,
    communities: communityPort(communities),
    hold: (communityId) => archives.hold(communityId),
    imported,
    changed: (state) => {
      events.emit('imports.changed', { import: state })
      if (state.endedAt === null || state.dryRun) return
      const entry = { kind: 'pastImported' as const, communityId: state.communityId, detail: summary(state) }
      void activity.add(entry).catch((error: unknown) => log(String(error)))
    },
  })
}

const endings: Readonly<Record<Import['state'], string>> = {
  running: '',
  done: '',
  incomplete: ' Not every file could be read to its end.',
  cancelled: ' It was cancelled before its end.',
  failed: ' It failed before its end.',
}

function summary({ added, known, state, error }: Import): string {
  const why = error === '' ? '' : ` ${error}`
  return `Brought in ${added} messages from Discord; ${known} were here before.${endings[state]}${why}`
}

export function communityPort(communities: Communities): CommunityPort {
  return {
    channels: (communityId) => {
      const { role, channels } = communities.get(communityId)
      if (role === 'owner') return channels
      throw new ImportError('not-owner', 'Only the owner of a community can bring a past into it.', 'Ask its owner.')
    },
    addChannel: async (communityId, name) => {
      const named = () => communities.get(communityId).channels.find((channel) => channel.name === name)?.chatId
      const known = named()
      if (known !== undefined) return known
      await communities.addChannel(communityId, { name })
      const added = named()
      if (added === undefined) throw new Error('a channel that was added is not there')
      return added
    },
    signingKey: (communityId) => communities.signingKey(communityId),
    topic: (communityId, chatId) =>
      topicBytesOf(postChatId(communityId, chatId, communities.get(communityId).generation)),
    interpretContext: (communityId) => communities.interpretContext(communityId, 'archive'),
  }
}
