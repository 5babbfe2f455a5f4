/** Requests about the node itself. */
import type { Handlers } from '../../../shared/contract.ts'
import { usualTopics } from '../../node/index.ts'
import type { Host } from '../host.ts'

export const nodeHandlers = (host: Host) =>
  ({
    'engines.list': async () => host.node().engines.states(),
    'transfers.list': async () => host.node().engines.transfers(),
    'network.status': () => host.node().network(),
    'network.details': async ({ limit }) => {
      const { store, communities } = host.node()
      const waiting = await store.outbox.waiting(limit)
      const fetched = communities.list().map(async ({ id: communityId }) => ({
        communityId,
        upTo: await store.sync.fetchedUpTo(communityId),
      }))
      return {
        topics: [...usualTopics],
        // An error may name what it was about: it is for the log, not for a page, where it is longer than a line.
        waiting: waiting.map(({ createdAt, attempts, nextAt, lastError }) => ({
          ...{ createdAt, attempts, nextAt },
          lastError: lastError.slice(0, 500),
        })),
        fetched: await Promise.all(fetched),
      }
    },
    'network.addresses': async () => [...((await host.node().waku.service?.addresses()) ?? [])],
    'settings.get': async () => host.node().settings(),
    'settings.set': (change) => host.configure(change),
  }) satisfies Partial<Handlers>
