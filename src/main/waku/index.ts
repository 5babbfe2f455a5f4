/**
 * The network room: what others may use of it.
 *
 * `openWaku` gives the network of one node, in a thread of its own (open.ts): a service node (service/), a user of
 * remote ones (client/), or both on one libp2p host (local.ts puts them together). `Outbox` sends what the database
 * holds until it has arrived. history.ts reads stores, supervisor.ts keeps connections, frames.ts asks and answers.
 */
export { parseAddress } from './client/addresses.ts'
export { WakuError, type WakuErrorCode } from './errors.ts'
export type { ServiceOptions, WakuOptions } from './local.ts'
export { usualTopics } from './message.ts'
export type {
  HistoryQuery,
  OutboxEntry,
  OutboxPort,
  OutboxRow,
  SealedMessage,
  ServiceAdmin,
  StoreLookup,
  Unsubscribe,
  WakuNetwork,
  WakuRecord,
} from './network.ts'
export {
  type OpenWakuOptions,
  openWaku,
  prepareWaku,
  type StandaloneOptions,
  startServiceNode,
  type Waku,
} from './open.ts'
export { Outbox, type OutboxOptions } from './outbox.ts'
