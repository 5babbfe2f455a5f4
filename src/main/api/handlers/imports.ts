/** Requests about pasts from elsewhere. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const importHandlers = (host: Host) =>
  ({
    'imports.start': ({ communityId, files, map, dryRun }) =>
      host.node().imports.begin({
        communityId,
        files,
        ...(map === undefined ? {} : { map }),
        ...(dryRun === undefined ? {} : { dryRun }),
      }),
    'imports.list': ({ communityId, limit }) => host.node().imports.list(communityId ?? null, limit),
    'imports.show': ({ id }) => host.node().imports.show(id),
    'imports.cancel': ({ id }) => host.node().imports.cancel(id),
    'imports.resume': ({ id }) => host.node().imports.resume(id),
  }) satisfies Partial<Handlers>
