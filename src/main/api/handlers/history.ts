/** Requests about history archives. */
import type { Handlers } from '../../../shared/contract.ts'
import { ApiError } from '../failures.ts'
import type { Host } from '../host.ts'

export const historyHandlers = (host: Host) =>
  ({
    'history.show': ({ communityId }) => host.node().archives.history(communityId),
    'history.coverage': async ({ communityId, limit }) => {
      const weeks = await host.node().archives.coverage(communityId)
      return { weeks: weeks.length, newest: weeks.slice(-limit) }
    },
    'history.archiveNow': async ({ communityId }) => ({ archives: await host.node().archives.archiveNow(communityId) }),
    'history.pause': async ({ communityId, on }) => {
      await host.node().archives.pause(communityId, on)
      return undefined
    },
    'history.want': async ({ communityId, wanted }) => {
      await host.node().archives.want(communityId, wanted)
      return undefined
    },
    'history.cancel': async ({ communityId }) => {
      await host.node().archives.cancel(communityId)
      return undefined
    },
    'history.seed': async ({ communityId, on }) => {
      await host.node().archives.seed(communityId, on)
      return undefined
    },
    'history.startAfresh': async ({ communityId, name }) => {
      const community = host.node().communities.get(communityId)
      if (community.name === '' || name.trim() !== community.name.trim())
        throw new ApiError('wrong-name', 'Type the name of the community exactly as it is written above.')
      await host.node().archives.startAfresh(communityId)
      return undefined
    },
    'history.resolveRival': async ({ communityId, choice }) => {
      await host.node().archives.resolveRival(communityId, choice)
      return undefined
    },
    'history.previewReplacement': ({ communityId }) => host.node().archives.replacement.preview(communityId),
    'history.setReplacement': async ({ communityId, on }) => {
      await host.node().archives.replacement.set(communityId, on)
      return undefined
    },
    'history.restoreReplaced': async ({ communityId }) => ({
      messages: await host.node().archives.replacement.restore(communityId),
    }),
    'history.retry': async ({ communityId, archiveId }) => {
      await host.node().archives.retry(communityId, archiveId)
      return undefined
    },
    'history.retention': ({ communityId }) => host.node().archives.retention(communityId),
    'history.prune': async ({ communityId, dryRun }) => {
      const { archives } = host.node()
      if (!dryRun) return { dryRun, ...(await archives.prune(communityId)) }
      const { records, bytes } = await archives.retention(communityId)
      return { dryRun, records, bytes, returned: 0 }
    },
  }) satisfies Partial<Handlers>
