/**
 * From a Waku record to what it says and to whom: decrypt, then judge for each community that may have sent it. Pure;
 * where the work is done is the judge's matter, so that what goes in and what comes out can cross to a thread.
 */
import type { CommunityId, Seconds } from '../../shared/domain.ts'
import type { WakuRecord } from '../waku/network.ts'
import {
  decryptAsymmetric,
  decryptSymmetric,
  parseContentTopic,
  type UncheckedPayload,
  WireError,
} from '../wire/index.ts'
import type { InterpretContext, TransportRecord } from './context.ts'
import { type Interpretation, interpret } from './interpret.ts'
import type { Opener, Reader, TopicTable } from './listening.ts'
import { walkTo } from './ratchets.ts'
import type { RefusalReason } from './refusal.ts'
import { secondsOf } from './sealing.ts'

export type Opened =
  | {
      readonly read: true
      readonly communityId: CommunityId
      readonly result: Judgement
      /** The record of a segment, to be read again when the others are here; else null. */
      readonly piece: TransportRecord | null
    }
  /** Nobody here can read it. `communityId`: whose topic it came on, where only one community has it. */
  | { readonly read: false; readonly communityId: CommunityId | null; readonly reason: RefusalReason }

/** An interpretation for which no more has to be computed. */
export type Judgement = Exclude<Interpretation, { kind: 'far' }>

/** Gives way while it walks to a message's key. */
export async function openRecord(record: WakuRecord, table: TopicTable): Promise<Opened> {
  const openers = table.get(record.contentTopic)
  if (openers === undefined) return unread(null, 'not-for-us')
  if (record.timestamp < 0n) return unread(onlyOne(openers), 'bad-timestamp')
  for (const opener of openers) {
    const payload = decrypt(record.payload, opener)
    if (payload === 'damaged') return unread(onlyOne(openers), 'undecryptable')
    if (payload !== null) return (await readBy(opener.readers, record, payload)) ?? damaged(openers)
  }
  // Topics of people and of communities' keys are shared with strangers: what does not open there is simply theirs.
  return openers.some(({ asymmetric }) => asymmetric) ? unread(null, 'not-for-us') : damaged(openers)
}

const unread = (communityId: CommunityId | null, reason: RefusalReason): Opened => ({
  read: false,
  communityId,
  reason,
})
const damaged = (openers: readonly Opener[]) => unread(onlyOne(openers), 'undecryptable')

function onlyOne(openers: readonly Opener[]): CommunityId | null {
  const ids = new Set(openers.flatMap(({ readers }) => readers.map(({ listening }) => listening.communityId)))
  const [id] = ids
  return ids.size === 1 && id !== undefined ? id : null
}

export function contextOf({ listening, archived }: Reader, origin: 'live' | 'store'): InterpretContext {
  const { communityId, members, banned, former, privileged, rules, groupKeys, membersMayPin } = listening
  const keepRaw = listening.keepRaw && archived
  return { communityId, origin, members, banned, former, privileged, rules, groupKeys, membersMayPin, keepRaw }
}

/** Walks the chains of group keys where a judgement waits for that. */
export async function judged(judge: () => Interpretation): Promise<Judgement> {
  let result = judge()
  while (result.kind === 'far') {
    await walkTo(result.chain, result.seqNo)
    result = judge()
  }
  return result
}

/**
 * What is sent to a person may come from any community: the one that recognises it gets it. Null if the transport's
 * signature is none; nobody looks at that of a record that is refused anyway, which is half of what a stranger costs.
 */
async function readBy(
  readers: readonly Reader[],
  record: WakuRecord,
  payload: UncheckedPayload,
): Promise<Opened | null> {
  const transport = new Transport(record, payload)
  let last: Opened = unread(null, 'not-for-us')
  for (const reader of readers) {
    const context = contextOf(reader, record.origin)
    const result = await judged(() => interpret(transport, context))
    if (result.kind !== 'refused' && !transport.isSound) return null
    const piece = result.kind === 'segment' ? transport.plain() : null
    last = { read: true, communityId: reader.listening.communityId, result, piece }
    const foreign =
      result.kind === 'refused' && (result.reason === 'wrong-signer' || result.reason === 'wrong-community')
    if (!foreign) return last
  }
  return last
}

function decrypt(payload: Uint8Array, { key, asymmetric }: Opener): UncheckedPayload | 'damaged' | null {
  try {
    return asymmetric ? decryptAsymmetric(payload, key) : decryptSymmetric(payload, key)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return error.code === 'DECRYPT' ? null : 'damaged'
  }
}

/** PROTOCOL.md §3.3, last bullet; its signer is computed when somebody asks. */
class Transport implements TransportRecord {
  readonly hash: Uint8Array
  readonly timestamp: Seconds
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  readonly thirdPartyId = ''
  readonly #signer: () => Uint8Array
  #sig: Uint8Array | null | undefined

  constructor({ hash, timestamp, contentTopic }: WakuRecord, { data, padding, signer }: UncheckedPayload) {
    this.hash = hash
    this.timestamp = secondsOf(timestamp)
    this.topic = parseContentTopic(contentTopic).bytes
    this.payload = data
    this.padding = padding
    this.#signer = signer
  }

  get sig(): Uint8Array {
    return this.#recovered() ?? new Uint8Array(0)
  }

  /** Its signature is one, or it has none. */
  get isSound(): boolean {
    return this.#recovered() !== null
  }

  plain(): TransportRecord {
    const { hash, sig, timestamp, topic, payload, padding, thirdPartyId } = this
    return { hash, sig, timestamp, topic, payload, padding, thirdPartyId }
  }

  #recovered(): Uint8Array | null {
    if (this.#sig !== undefined) return this.#sig
    try {
      this.#sig = this.#signer()
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#sig = null
    }
    return this.#sig
  }
}
