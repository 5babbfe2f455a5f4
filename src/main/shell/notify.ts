/**
 * Of what happens in the node, what is worth interrupting somebody for: pure, and told by its event alone. Imported
 * history is never unread (the contract says so), so it never gets here. What was said is not shown: the system's
 * notifications stay on a lock screen, and in a log of their own.
 */
import type { EventPayload } from '../../shared/contract.ts'
import type { ChatId, Community, CommunityId } from '../../shared/domain.ts'

export interface Notice {
  /** A further notice with the same tag takes the place of this one. */
  readonly tag: string
  readonly title: string
  readonly body: string
  /** Where a click leads. */
  readonly hash: string
}

export interface Surroundings {
  readonly enabled: boolean
  /** Whoever looks at the window sees it there. */
  readonly isFocused: boolean
  readonly communities: readonly Community[]
}

export class Notifier {
  /** Mentions that are known, by channel: a number that falls or stays is no news. */
  readonly #mentions = new Map<ChatId, number>()
  /** Communities whose owner knows that somebody waits, until the program is looked at. */
  readonly #asked = new Set<CommunityId>()

  mentioned(
    { communityId, chatId, mentions }: EventPayload<'messages.unread'>,
    surroundings: Surroundings,
  ): Notice | null {
    const before = this.#mentions.get(chatId) ?? 0
    this.#mentions.set(chatId, mentions)
    if (mentions <= before || !isWanted(surroundings)) return null
    const community = surroundings.communities.find(({ id }) => id === communityId)
    const channel = community?.channels.find((one) => one.chatId === chatId)
    if (community === undefined || channel === undefined) return null
    return {
      tag: chatId,
      title: `#${channel.name} in ${community.name}`,
      body: mentions === 1 ? 'You were mentioned.' : `You were mentioned ${mentions} times.`,
      hash: `#/c/${communityId}/${chatId.slice(communityId.length)}`,
    }
  }

  requested({ id }: EventPayload<'communities.requested'>, surroundings: Surroundings): Notice | null {
    const community = surroundings.communities.find((one) => one.id === id)
    if (community === undefined || this.#asked.has(id) || !isWanted(surroundings)) return null
    this.#asked.add(id)
    return {
      tag: `requests ${id}`,
      title: community.name,
      body: 'Somebody asks to be let in.',
      hash: `#/c/${id}/people`,
    }
  }

  /** The window was looked at: the next request is news again. */
  seen(): void {
    this.#asked.clear()
  }

  /** Somebody else is logged in now. */
  forget(): void {
    this.#mentions.clear()
    this.#asked.clear()
  }
}

const isWanted = ({ enabled, isFocused }: Surroundings): boolean => enabled && !isFocused
