/** The store: what other rooms may import of it. */
export type { Activity, ActivityQuery, ActivityRow } from './activity-repository.ts'
export { type Backup, listBackups } from './backup.ts'
export { StoreError, type StoreErrorCode } from './errors.ts'
export type {
  ImportBatch,
  StoredExample,
  StoredImport,
  StoredImportFile,
  StoredImportState,
} from './imports-repository.ts'
export type { MessageCursor, StoredMessage } from './message-rows.ts'
export type { SearchPlace, SearchQuery, SearchResult } from './message-search.ts'
export type {
  ChannelSummary,
  HistoryCursor,
  MessageAim,
  MessagePage,
  MessageQuery,
} from './messages-repository.ts'
export {
  openStore,
  openStoreInThread,
  type Store,
  type StoreControl,
  type StoreOptions,
  type ThreadName,
} from './open.ts'
export type { DueMessage, OutboxState, QueuedMessage } from './outbox-repository.ts'
export type * from './records.ts'
export type { IngestExtras, RecordPosition, RecordScan } from './records-repository.ts'
export type { Recovery } from './recovery.ts'
export type { ComparedPage, ComparedPosition } from './replacement-repository.ts'
export type { Repositories } from './repositories.ts'
export type { FileSpace, FreeablePartition, FreedSlice, RetentionRule } from './retention-repository.ts'
export type { StoredSegment } from './segments-repository.ts'
export { readSetting, type Setting, writeSetting } from './settings.ts'
export type { Gap } from './sync-repository.ts'
export type { UnreadChannel } from './unread-repository.ts'
