/** From a Waku record to what it says and to whom: decrypt, then judge for each community that may have sent it. Pure. */
import type { CommunityId, Seconds } from '../../shared/domain.ts'
import type { WakuRecord } from '../waku/network.ts'
import { type OpenedPayload, openAsymmetric, openSymmetric, parseContentTopic, WireError } from '../wire/index.ts'
import type { InterpretContext, TransportRecord } from './context.ts'
import { type Interpretation, interpret } from './interpret.ts'
import type { Listening, Opener, Reader, TopicTable } from './listening.ts'
import type { RefusalReason } from './refusal.ts'
import { secondsOf } from './sealing.ts'

export type Opened =
  | {
      readonly listening: Listening
      readonly context: InterpretContext
      readonly record: TransportRecord
      readonly result: Interpretation
    }
  /** Nobody here can read it. `communityId`: whose topic it came on, where only one community has it. */
  | { readonly listening: null; readonly communityId: CommunityId | null; readonly reason: RefusalReason }

export function openRecord(record: WakuRecord, table: TopicTable): Opened {
  const openers = table.get(record.contentTopic)
  if (openers === undefined) return { listening: null, communityId: null, reason: 'not-for-us' }
  if (record.timestamp < 0n) return { listening: null, communityId: onlyOne(openers), reason: 'bad-timestamp' }
  for (const opener of openers) {
    const payload = decrypt(record.payload, opener.key, opener.asymmetric)
    if (payload === 'damaged') return { listening: null, communityId: onlyOne(openers), reason: 'undecryptable' }
    if (payload !== null) return readBy(opener.readers, toTransport(record, payload), record.origin)
  }
  // Topics of people and of communities' keys are shared with strangers: what does not open there is simply theirs.
  const shared = openers.some(({ asymmetric }) => asymmetric)
  return shared
    ? { listening: null, communityId: null, reason: 'not-for-us' }
    : { listening: null, communityId: onlyOne(openers), reason: 'undecryptable' }
}

function onlyOne(openers: readonly Opener[]): CommunityId | null {
  const ids = new Set(openers.flatMap(({ readers }) => readers.map(({ listening }) => listening.communityId)))
  const [id] = ids
  return ids.size === 1 && id !== undefined ? id : null
}

/** A record put together from segments is read once more, by the one community it was collected for. */
export function contextOf({ listening, archived }: Reader, origin: 'live' | 'store'): InterpretContext {
  const { communityId, members, banned, former, privileged, rules, groupKeys, membersMayPin } = listening
  const keepRaw = listening.keepRaw && archived
  return { communityId, origin, members, banned, former, privileged, rules, groupKeys, membersMayPin, keepRaw }
}

/** What is sent to a person may come from any community: the one that recognises it gets it. */
function readBy(readers: readonly Reader[], record: TransportRecord, origin: 'live' | 'store'): Opened {
  let last: Opened = { listening: null, communityId: null, reason: 'not-for-us' }
  for (const reader of readers) {
    const context = contextOf(reader, origin)
    const result = interpret(record, context)
    last = { listening: reader.listening, context, record, result }
    const foreign =
      result.kind === 'refused' && (result.reason === 'wrong-signer' || result.reason === 'wrong-community')
    if (!foreign) return last
  }
  return last
}

function decrypt(payload: Uint8Array, key: Uint8Array, asymmetric: boolean): OpenedPayload | 'damaged' | null {
  try {
    return asymmetric ? openAsymmetric(payload, key) : openSymmetric(payload, key)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return error.code === 'DECRYPT' ? null : 'damaged'
  }
}

/** PROTOCOL.md §3.3, last bullet. */
function toTransport(record: WakuRecord, { data, padding, sig }: OpenedPayload): TransportRecord {
  return {
    hash: record.hash,
    sig,
    timestamp: secondsOf(record.timestamp) satisfies Seconds,
    topic: parseContentTopic(record.contentTopic).bytes,
    payload: data,
    padding,
    thirdPartyId: '',
  }
}
