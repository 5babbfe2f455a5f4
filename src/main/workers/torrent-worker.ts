/** The thread of the torrent engine: one webtorrent client and the folders it serves (RULES.md R7.3). */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import { TorrentService, type TorrentServiceEvents } from '../distribution/torrent/service.ts'
import type { TorrentSettings } from '../distribution/torrent/settings.ts'
import { serve } from './rpc.ts'

if (parentPort === null) throw new Error('torrent-worker runs in a worker thread only.')

/** Put together by `torrentSettings` on the other side of this thread. */
const { settings } = workerData as { readonly settings: TorrentSettings }

const service: TorrentService = new TorrentService(settings, systemClock, (event, value) => server.emit(event, value))
const server = serve<TorrentServiceEvents>(parentPort, service)
