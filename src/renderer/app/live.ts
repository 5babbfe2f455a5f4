/** Keeps what is shown true: each event makes the answers stale that it is about, or carries the new one itself. */
import type { QueryClient } from '@tanstack/react-query'
import { resync } from '../../shared/channels.ts'
import type { RequestOutput } from '../../shared/contract.ts'
import { askAgain, type Node, queryKey } from '../lib/client.tsx'
import { sampleEvery, useRates } from '../lib/rates.ts'

/** ms; an import changes the history many times a second. */
const pace = 500

/** Returns what stops it. */
export function keepLive({ client, carrier }: Node, queries: QueryClient): () => void {
  const stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null
  const flush = (): void => {
    timer = null
    for (const key of stale) void queries.invalidateQueries({ queryKey: JSON.parse(key) })
    stale.clear()
  }
  /** The first change shows at once, those that follow it together. */
  const invalidate = (...key: readonly unknown[]): void => {
    stale.add(JSON.stringify(key))
    if (timer) return
    flush()
    timer = setTimeout(flush, pace)
  }
  const stops = [
    client.subscribe('session.changed', ({ profile }) => {
      const key = queryKey('app.info')
      const info = queries.getQueryData<RequestOutput<'app.info'>>(key)
      // What belonged to the profile before goes with it.
      useRates.getState().clear()
      queries.removeQueries({
        predicate: (query) => query.queryKey[0] !== key[0] && query.queryKey[0] !== 'profiles.list',
      })
      if (info) queries.setQueryData(key, { ...info, profile })
      invalidate('app.info')
      invalidate('profiles.list')
    }),
    client.subscribe('communities.changed', () => {
      invalidate('communities.list')
      invalidate('communities.members')
      invalidate('communities.requests')
    }),
    client.subscribe('communities.requested', () => invalidate('communities.requests')),
    client.subscribe('messages.changed', ({ communityId }) => {
      invalidate('messages.get')
      invalidate('messages.search')
      invalidate('messages.pinned')
      invalidate('messages.edits')
      invalidate('history.coverage', { communityId })
      // What people call themselves is learnt from what they say.
      invalidate('communities.members')
    }),
    client.subscribe('messages.unread', ({ communityId }) => invalidate('messages.unread', { communityId })),
    client.subscribe('history.changed', ({ communityId }) => {
      invalidate('history.show', { communityId })
      invalidate('history.retention', { communityId })
      invalidate('history.coverage', { communityId })
      invalidate('activity.page', { communityId })
      invalidate('history.previewReplacement', { communityId })
    }),
    client.subscribe('notices.changed', (notices) => queries.setQueryData(queryKey('notices.list'), notices)),
    client.subscribe('transfers.changed', (transfers) => queries.setQueryData(queryKey('transfers.list'), transfers)),
    client.subscribe('engines.changed', (engines) => queries.setQueryData(queryKey('engines.list'), engines)),
    client.subscribe('imports.changed', ({ import: { state } }) => {
      if (state !== 'running') invalidate('imports.list')
    }),
    client.subscribe('bench.changed', (bench) => queries.setQueryData(queryKey('bench.show'), bench)),
    client.subscribe('network.changed', (status) => {
      queries.setQueryData(queryKey('network.status'), status)
      invalidate('network.details')
    }),
    client.subscribe('desktop.open', ({ hash }) => {
      location.hash = hash
    }),
    carrier.subscribe(resync, () => void askAgain(queries)),
  ]
  const sampling = setInterval(
    () => useRates.getState().add(queries.getQueryData(queryKey('transfers.list')) ?? []),
    sampleEvery,
  )
  return () => {
    clearInterval(sampling)
    for (const stop of stops) stop()
    if (timer) clearTimeout(timer)
  }
}
