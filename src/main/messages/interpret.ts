/**
 * The one judge of every record: live, from a store node, our own, or out of an archive. Pure, and without a clock: the
 * same record in the same context has the same result in the main thread and in an import worker. RULES.md §4.
 */
import type { CommunityId, MessageId, Millis } from '../../shared/domain.ts'
import type { InboxItem, RawRecord } from '../store/records.ts'
import {
  ApplicationType,
  decodeMessage,
  installationOf,
  isSignedByCommunity,
  MAX_SEQ_NO,
  type OpenedApplicationMessage,
  openApplicationMessage,
  openRatchet,
  type RatchetChain,
  type RatchetMessage,
  type Segment,
  type Unwrapped,
  unwrap,
  unwrapContent,
  unwrapWhole,
  WireError,
  type WireErrorCode,
} from '../wire/index.ts'
import type { InterpretContext, TransportRecord } from './context.ts'
import { asControl, type Control, checkSpeaker } from './control.ts'
import { effectOf } from './effects.ts'
import { thirdPartyMessageId } from './message-ids.ts'
import { chainOf, findGroupKey, WALK } from './ratchets.ts'
import { Refusal, type RefusalReason, refuseUnless } from './refusal.ts'

export type Interpretation =
  /** Ready for the store; `effect` is null for what is kept for the archives only. */
  | { readonly kind: 'item'; readonly item: InboxItem }
  | { readonly kind: 'control'; readonly control: Control }
  /** One piece of a longer payload: collect them, then `interpretWhole`. `item` keeps the piece for the archives. */
  | { readonly kind: 'segment'; readonly segment: Segment; readonly item: InboxItem }
  /** Encrypted with a group key that is not known here. `item` keeps it for the archives. */
  | { readonly kind: 'waiting'; readonly keyId: Uint8Array; readonly item: InboxItem }
  /** Its key is too far along its chain to be computed at once: `walkTo` there, then ask again. From the network only. */
  | { readonly kind: 'far'; readonly chain: RatchetChain; readonly seqNo: number }
  /** `detail` is a sentence where the reason alone does not say it all. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string }

/** Never throws for what a stranger sent. */
export function interpret(record: TransportRecord, context: InterpretContext): Interpretation {
  return judged(() => {
    refuseUnless(record.payload.length > 0, 'empty-payload')
    return interpretLayer(unwrap(record.payload), record, context)
  })
}

/** For a payload put together from segments; `record` is the last of them, whose raw form was kept already. */
export function interpretWhole(
  payload: Uint8Array,
  record: TransportRecord,
  context: InterpretContext,
): Interpretation {
  return judged(() => interpretLayer(unwrapWhole(payload), record, { ...context, keepRaw: false }))
}

function interpretLayer(layer: Unwrapped, record: TransportRecord, context: InterpretContext): Interpretation {
  switch (layer.kind) {
    case 'segment':
      return { kind: 'segment', segment: layer.segment, item: rawItem(record, context, null, true) }
    case 'private':
      throw new Refusal('bad-encryption')
    case 'encrypted':
      return interpretEncrypted(layer.message, record, context)
    case 'application':
      return interpretMessage(layer.bytes, layer.keyExchange, record, context)
  }
}

function interpretEncrypted(
  message: RatchetMessage,
  record: TransportRecord,
  context: InterpretContext,
): Interpretation {
  const groupKey = findGroupKey(context.groupKeys, message.keyId)
  if (groupKey === null) return { kind: 'waiting', keyId: message.keyId, item: rawItem(record, context, null, true) }
  const { seqNo } = message
  const chain = chainOf(groupKey)
  refuseUnless(seqNo <= MAX_SEQ_NO, 'bad-encryption')
  // Anyone can write a number into a header; imports have a thread to themselves.
  if (fromNetwork(context) && chain.distance(seqNo) > WALK) return { kind: 'far', chain, seqNo }
  return interpretMessage(unwrapContent(openRatchet(message, () => chain.keyOf(seqNo))), null, record, context)
}

function interpretMessage(
  bytes: Uint8Array,
  keyExchange: RatchetMessage | null,
  record: TransportRecord,
  context: InterpretContext,
): Interpretation {
  const opened = openApplicationMessage(bytes)
  const id = idOf(opened, record, context.communityId)
  const { author } = opened
  checkSpeaker(opened, context.communityId)
  const inner = decoded(() => decodeMessage(opened))
  const said = {
    id,
    author,
    byCommunity: isSignedByCommunity(opened, context.communityId),
    payload: opened.payload,
    sentAt: (record.timestamp * 1000) as Millis,
  }
  const effect = effectOf(inner, said, context)
  if (effect !== undefined) return { kind: 'item', item: { ...rawItem(record, context, id, true), effect } }
  const { origin } = context
  const control = asControl(inner, {
    communityId: context.communityId,
    signer: author,
    id,
    bytes,
    transportSigner: record.sig,
    sentAt: record.timestamp,
    origin: origin === 'live' ? 'live' : 'store',
    keyExchange,
    installation: inner.kind === 'archive-link' ? installationOf(record.payload) : null,
    record: rawItem(record, context, id, false).record,
  })
  if (control === null) throw new Refusal('unknown-type')
  refuseUnless(fromNetwork(context), 'type-not-allowed')
  return { kind: 'control', control }
}

const fromNetwork = ({ origin }: InterpretContext): boolean => origin === 'live' || origin === 'store'

/** R4.4: an id from elsewhere counts only on the community's word, and then only for what an import can hold. */
function idOf(opened: OpenedApplicationMessage, record: TransportRecord, communityId: CommunityId): MessageId {
  if (record.thirdPartyId === '' || !isSignedByCommunity(opened, communityId)) return opened.id
  const { CHAT_MESSAGE, PIN_MESSAGE } = ApplicationType
  refuseUnless(opened.type === CHAT_MESSAGE || opened.type === PIN_MESSAGE, 'type-not-allowed')
  const id = thirdPartyMessageId(record.thirdPartyId, communityId)
  refuseUnless(id !== null, 'bad-third-party-id')
  return id
}

function rawItem(
  record: TransportRecord,
  { communityId, keepRaw, origin }: InterpretContext,
  messageId: MessageId | null,
  archivable: boolean,
): InboxItem {
  const { hash, sig, timestamp, topic, payload, padding, thirdPartyId } = record
  const raw: RawRecord | null = keepRaw
    ? { communityId, hash, sig, timestamp, topic, payload, padding, thirdPartyId, messageId, archivable }
    : null
  return { record: raw, effect: null, source: origin }
}

/** What is wrong with an inner message has other names than what is wrong around it. */
function decoded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof WireError) throw new Refusal(INNER_REASONS[error.code] ?? 'wrong-type', error)
    throw error
  }
}

const INNER_REASONS: Partial<Record<WireErrorCode, RefusalReason>> = {
  VALIDATION: 'invalid',
  EMPTY_LINK: 'empty-link',
  UNKNOWN_LINK: 'unknown-link',
}
const OUTER_REASONS: Partial<Record<WireErrorCode, RefusalReason>> = {
  UNSIGNED: 'missing-signature',
  SIGNATURE_INVALID: 'bad-signature',
  DECRYPT: 'bad-encryption',
}

function judged(judge: () => Interpretation): Interpretation {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Refusal) {
      const detail = error.cause instanceof WireError ? error.cause.message : ''
      return { kind: 'refused', reason: error.reason, detail }
    }
    if (!(error instanceof WireError)) throw error
    return { kind: 'refused', reason: OUTER_REASONS[error.code] ?? 'undecodable', detail: error.message }
  }
}
