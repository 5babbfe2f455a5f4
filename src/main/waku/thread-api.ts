/** What the waku thread serves and tells; both of its ends import this and nothing else of each other. */
import type { Millis, NetworkStatus } from '../../shared/domain.ts'
import type { LocalWaku } from './local.ts'
import type { HistoryQuery, SealedMessage, WakuRecord } from './network.ts'

export interface WakuThreadApi {
  /** Resolves when the service node listens, if there is one. */
  start(): Promise<void>
  stop(): Promise<void>
  publish(sealed: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }>
  /** Records come as events that name `subscription`. */
  subscribe(subscription: number, topics: readonly string[]): Promise<void>
  unsubscribe(subscription: number): void
  history(query: HistoryQuery): AsyncIterable<WakuRecord[]>
  stored(hashes: readonly Uint8Array[]): Promise<readonly boolean[] | null>
  status(): NetworkStatus
  retryNow(): void
  addresses(): string[]
  count(): number
  forget(request: Parameters<LocalWaku['forget']>[0]): number
  prune(now: Millis): number
}

export type WakuThreadEvents = {
  records: { readonly subscription: number; readonly records: readonly WakuRecord[] }
  status: NetworkStatus
}
