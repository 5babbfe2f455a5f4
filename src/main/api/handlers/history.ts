/** Requests about history archives. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const historyHandlers = (host: Host) =>
  ({
    'history.show': ({ communityId }) => host.node().archives.history(communityId),
    'history.archiveNow': async ({ communityId }) => ({ archives: await host.node().archives.archiveNow(communityId) }),
    'history.pause': async ({ communityId, on }) => {
      await host.node().archives.pause(communityId, on)
      return undefined
    },
    'history.retry': async ({ communityId, archiveId }) => {
      await host.node().archives.retry(communityId, archiveId)
      return undefined
    },
  }) satisfies Partial<Handlers>
