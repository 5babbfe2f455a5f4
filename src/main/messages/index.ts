/**
 * What is said in communities: read from the network and from archives by one judge, posted, and read by people.
 * Importing this does nothing by itself: worker threads take `interpret` from here.
 */
export {
  announceChatId,
  CLUSTER,
  CONTENT_SHARD,
  LEGACY_CONTROL_SHARD,
  postChatId,
  type Shards,
  shardsOf,
} from './addresses.ts'
export {
  type ChatToSeal,
  type InChannel,
  sealChat,
  sealDelete,
  sealEdit,
  sealPin,
  sealReaction,
} from './channel-messages.ts'
export {
  type InterpretContext,
  nobody,
  type People,
  standingOf,
  type TransportRecord,
} from './context.ts'
export type { Control, ControlEnvelope, ControlHandler, ControlPayloads, ControlType } from './control.ts'
export { convertMessages } from './conversion.ts'
export { effectOf } from './effects.ts'
export { ExportError, type ExportProgress, Exports } from './export.ts'
export { Inbox, type InboxEvents, type InboxParts } from './inbox.ts'
export { type CatchUp, Intake, type IntakeParts } from './intake.ts'
export { type Interpretation, interpret, interpretWhole } from './interpret.ts'
export { Judge, type JudgeOptions } from './judge.ts'
export type { ListenedChat, Listening } from './listening.ts'
export { messageIdIn, thirdPartyMessageId } from './message-ids.ts'
export type { ChannelRule } from './permissions.ts'
export type { CountRefusals, Ingest, KeyOf, Random, SegmentPort } from './ports.ts'
export {
  type ChannelRights,
  createPosting,
  MAX_TEXT,
  type Posting,
  type PostingChannel,
  PostingError,
  type PostingErrorCode,
  type PostingParts,
} from './posting.ts'
export { chainOf, findGroupKey, type GroupKey, messageKeys, walkTo, wipeGroupKey } from './ratchets.ts'
export { type Cursor, createReading, type Page, type PageQuery, type Reading } from './reading.ts'
export type { RefusalReason } from './refusal.ts'
export {
  type Destination,
  type Envelope,
  nanosOf,
  outboxEntries,
  type Sealed,
  type SealedPart,
  type SealOptions,
  seal,
  sealSigned,
  secondsOf,
} from './sealing.ts'
export { Searchable, type SearchableParts } from './searchable.ts'
export { createKeyTable } from './topic-keys.ts'
