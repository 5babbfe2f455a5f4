/** Requests about the node itself. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const nodeHandlers = (host: Host) =>
  ({
    'engines.list': async () => host.node().engines.states(),
    'transfers.list': async () => host.node().engines.transfers(),
    'network.status': () => host.node().network(),
    'network.addresses': async () => [...((await host.node().waku.service?.addresses()) ?? [])],
    'settings.get': async () => host.node().settings(),
    'settings.set': (change) => host.configure(change),
  }) satisfies Partial<Handlers>
