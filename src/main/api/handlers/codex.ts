/** Requests about datasets of Codex by themselves. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const codexHandlers = (host: Host) =>
  ({
    'codex.tray': async () => ({ folder: await host.node().datasets.tray() }),
    'codex.put': async ({ place, name }) => {
      const { cid, size } = await host.node().datasets.put(place, name)
      return { cid, bytes: size }
    },
    'codex.get': ({ cid, peers, timeout }) => host.node().datasets.get(cid, peers, timeout),
  }) satisfies Partial<Handlers>
