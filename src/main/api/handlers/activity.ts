/** Requests about what the node did. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const activityHandlers = (host: Host) =>
  ({
    'activity.page': ({ communityId, kind, before, limit }) =>
      host.node().activity.page({
        limit,
        ...(communityId === undefined ? {} : { communityId }),
        ...(kind === undefined ? {} : { kind }),
        ...(before === undefined ? {} : { before }),
      }),
    'notices.list': () => host.node().activity.notices(),
    'notices.dismiss': async ({ seq }) => {
      const { activity, events } = host.node()
      await activity.dismiss(seq)
      events.emit('notices.changed', await activity.notices())
      return undefined
    },
  }) satisfies Partial<Handlers>
