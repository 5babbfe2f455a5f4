/** The network room: what others may use of it. */
export { parseAddress } from './client/addresses.ts'
export { WakuError, type WakuErrorCode } from './errors.ts'
export type { ServiceOptions, WakuOptions } from './local.ts'
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
export { type OpenWakuOptions, openWaku, type StandaloneOptions, startServiceNode, type Waku } from './open.ts'
export { Outbox, type OutboxOptions } from './outbox.ts'
