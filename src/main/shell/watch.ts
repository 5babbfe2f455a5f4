/** What the shell follows of the node: whose communities these are, what moves, and what is worth a notification. */
import { createClient } from '../../shared/client.ts'
import { isEventName } from '../../shared/contract.ts'
import type { Community, Transfer } from '../../shared/domain.ts'
import type { Api } from '../api/index.ts'
import { type Notice, Notifier, type Surroundings } from './notify.ts'

export interface WatchParts {
  readonly api: Pick<Api, 'handle' | 'subscribe'>
  readonly onTransfers: (transfers: readonly Transfer[]) => void
  readonly onNotice: (notice: Notice) => void
  readonly isFocused: () => boolean
  readonly isEnabled: () => boolean
}

export interface Watch {
  /** Whether somebody is logged in whom a community needs. */
  isOwner(): boolean
  /** The window was looked at. */
  seen(): void
  end(): void
}

export function watchNode({ api, onTransfers, onNotice, isFocused, isEnabled }: WatchParts): Watch {
  const client = createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => (isEventName(name) ? api.subscribe(name, listener) : () => {}),
  })
  const notifier = new Notifier()
  let communities: readonly Community[] = []

  const look = (): void => {
    // Nobody is logged in, or just logged out: then there are none.
    client.request('communities.list').then(
      (list) => {
        communities = list
      },
      () => {
        communities = []
      },
    )
  }
  const surroundings = (): Surroundings => ({ enabled: isEnabled(), isFocused: isFocused(), communities })
  const tell = (notice: Notice | null): void => {
    if (notice !== null) onNotice(notice)
  }
  const ends = [
    client.subscribe('session.changed', ({ profile }) => {
      notifier.forget()
      if (profile === null) onTransfers([])
      look()
    }),
    client.subscribe('communities.changed', look),
    client.subscribe('transfers.changed', onTransfers),
    client.subscribe('messages.unread', (event) => tell(notifier.mentioned(event, surroundings()))),
    client.subscribe('communities.requested', (event) => tell(notifier.requested(event, surroundings()))),
  ]
  look()
  return {
    isOwner: () => communities.some(({ role }) => role === 'owner'),
    seen: () => notifier.seen(),
    end: () => {
      for (const end of ends) end()
    },
  }
}
