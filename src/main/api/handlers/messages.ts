/** Requests about what is said. */
import type { Handlers } from '../../../shared/contract.ts'
import type { ChatId, MessageId, Millis } from '../../../shared/domain.ts'
import { communityOf } from '../../../shared/ids.ts'
import { ApiError } from '../failures.ts'
import type { Host } from '../host.ts'

export function messageHandlers(host: Host) {
  const communityOfChat = (chatId: ChatId) => {
    const communityId = communityOf(chatId)
    if (!host.node().communities.has(communityId))
      throw new ApiError('not-found', 'This channel is not in this profile.')
    return communityId
  }
  const reading = () => host.node().reading
  return {
    'messages.page': ({ chatId, around, at, unread, ...query }) => {
      const communityId = communityOfChat(chatId)
      return reading().page({ ...defined(query), communityId, chatId, ...aimOf({ around, at, unread }) })
    },
    'messages.get': ({ chatId, id }) => reading().message(communityOfChat(chatId), id),
    'messages.edits': ({ chatId, id, limit }) => reading().edits(communityOfChat(chatId), id, limit),
    'messages.pinned': ({ chatId, limit, before }) => {
      communityOfChat(chatId)
      return reading().pinned(chatId, limit, before)
    },
    'messages.image': ({ chatId, id, index }) => reading().image(communityOfChat(chatId), id, index),
    'messages.unread': ({ communityId }) => reading().unread(communityId),
    'messages.markRead': async ({ chatId, upTo }) => {
      await reading().markRead(communityOfChat(chatId), chatId, upTo)
      return undefined
    },
    'messages.post': ({ chatId, text, responseTo }) =>
      host.node().posting.post({ chatId, text, responseTo: responseTo ?? null }),
    'messages.search': (query) => reading().search(defined(query)),
    'messages.export': ({ communityId, chatId, format, includeBanned = false }) => {
      const { communities, exports } = host.node()
      if (!communities.has(communityId) || (chatId !== null && communityOf(chatId) !== communityId))
        throw new ApiError('not-found', 'This community or channel is not in this profile.')
      return exports.export({ communityId, chatId, format, includeBanned })
    },
    'messages.cancelExport': async ({ id }) => {
      host.node().exports.cancel(id)
      return undefined
    },
  } satisfies Partial<Handlers>
}

interface Aim {
  readonly around: MessageId | undefined
  readonly at: Millis | undefined
  readonly unread: true | undefined
}

function aimOf({ around, at, unread }: Aim) {
  if (around !== undefined) return { around: { id: around } }
  if (at !== undefined) return { around: { at } }
  return unread ? { around: 'unread' as const } : {}
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same without fields that are there but undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}
