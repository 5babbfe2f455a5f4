/**
 * Asks peers for the metainfo behind a link. Nothing else is asked for: the torrent is dropped as soon as its metainfo
 * is known, and loaded again, with a folder, once the metainfo was checked.
 */
import type { Clock } from '../../clock.ts'
import { EngineError } from '../engine.ts'
import type { TorrentClient } from './client.ts'
import { toEngineError } from './errors.ts'
import type { ReadLink } from './metainfo.ts'

export interface MetainfoOptions {
  readonly signal: AbortSignal
  /** ms */
  readonly timeout: number
  readonly peers: () => Iterable<string>
  /** @throws where the metainfo is not one of ours. */
  readonly accept: (metainfo: Uint8Array) => { readonly infoHash: string }
}

/** ms between two attempts to reach the peers we were told of. */
const redialEvery = 5_000

/** @throws EngineError `timeout`, `aborted`, or `corrupt` where peers gave something that is no archive torrent. */
export async function fetchMetainfo(
  client: TorrentClient,
  clock: Clock,
  { infoHash, trackers }: Pick<ReadLink, 'infoHash' | 'trackers'>,
  { signal, timeout, peers, accept }: MetainfoOptions,
): Promise<Uint8Array> {
  signal.throwIfAborted()
  const torrent = client.add(`magnet:?xt=urn:btih:${infoHash}`, { trackers })
  const found = Promise.withResolvers<Uint8Array>()
  const abort = () => found.reject(signal.reason)
  const cancelTimeout = clock.setTimer(timeout, () =>
    found.reject(new EngineError('timeout', 'No peer answered for this link. Is its owner, or a member, online?')),
  )
  let cancelRedial = () => {}
  let dropped: Promise<void> | null = null
  const redial = () => {
    for (const address of peers()) client.dial(torrent, address)
    cancelRedial = clock.setTimer(redialEvery, redial)
  }
  signal.addEventListener('abort', abort, { once: true })
  torrent.on('warning', () => {})
  torrent.on('error', (error: unknown) => found.reject(toEngineError(error, 'ask peers for the torrent')))
  torrent.once('infoHash', redial)
  torrent.once('metadata', () => {
    try {
      if (torrent.torrentFile === null) throw new EngineError('corrupt', 'The peers sent an empty torrent.')
      if (accept(torrent.torrentFile).infoHash !== infoHash)
        throw new EngineError('corrupt', 'The peers sent another torrent than the link names.')
      found.resolve(torrent.torrentFile)
      // At once: webtorrent would otherwise begin to look for the pieces on disk.
      dropped = client.drop(torrent)
    } catch (error) {
      found.reject(toEngineError(error, 'accept the torrent'))
    }
  })
  try {
    return await found.promise
  } finally {
    cancelTimeout()
    cancelRedial()
    signal.removeEventListener('abort', abort)
    await (dropped ?? client.drop(torrent))
  }
}
