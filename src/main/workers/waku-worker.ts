/** The waku thread: the service node and the user of remote ones, apart from everything else (RULES.md R7.3). */
import { parentPort, workerData } from 'node:worker_threads'
import type { ContentTopic } from '../../shared/domain.ts'
import { LocalWaku, type WakuOptions } from '../waku/local.ts'
import type { WakuRecord } from '../waku/network.ts'
import type { WakuThreadApi, WakuThreadEvents } from '../waku/thread-api.ts'
import { serve } from './rpc.ts'

if (parentPort === null) throw new Error('This file runs in a worker thread.')

const { options } = workerData as { readonly options: WakuOptions }
const waku = new LocalWaku(options)
const subscriptions = new Map<number, () => void>()

const api: WakuThreadApi = {
  start: () => waku.start(),
  async stop() {
    await waku.stop()
    server.close()
  },
  publish: (sealed) => waku.publish(sealed),
  async subscribe(subscription, topics) {
    const deliver = collector((records) => server.emit('records', { subscription, records }))
    subscriptions.set(subscription, await waku.subscribe(topics as readonly ContentTopic[], deliver))
  },
  unsubscribe(subscription) {
    subscriptions.get(subscription)?.()
    subscriptions.delete(subscription)
  },
  history: (query) => waku.historyBatches(query),
  stored: (hashes) => waku.stored(hashes),
  status: () => waku.status(),
  retryNow: () => waku.retryNow(),
  addresses: () => waku.addresses(),
  count: () => waku.counts().stored,
  forget: (request) => waku.forget(request),
  prune: (now) => waku.prune(now),
}

const server = serve<WakuThreadEvents>(parentPort, api)
waku.on('status', (status) => server.emit('status', status))

/** What comes within one turn of the loop crosses to the other thread in one message. */
function collector(send: (records: WakuRecord[]) => void): (record: WakuRecord) => void {
  let waiting: WakuRecord[] = []
  return (record) => {
    waiting.push(record)
    if (waiting.length > 1) return
    setImmediate(() => {
      const records = waiting
      waiting = []
      send(records)
    })
  }
}
