/** Puts segments together, whatever their order; what they make up is read like any other payload. PROTOCOL.md §3.7. */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { StoredSegment } from '../store/index.ts'
import { reassemble, type Segment, WireError } from '../wire/index.ts'
import type { InterpretContext, TransportRecord } from './context.ts'
import { interpretWhole } from './interpret.ts'
import { type Judgement, judged } from './opening.ts'
import type { SegmentPort } from './ports.ts'

/** The segment that came last, and to whom. */
export interface Piece {
  readonly communityId: CommunityId
  readonly origin: 'live' | 'store'
  readonly record: TransportRecord
}

export interface JoinedSegments {
  readonly result: Judgement
  /** To be called when the result is durable; without it the same segments are put together again. */
  readonly done: () => Promise<void>
}

/** What reads all segments of a payload, as `readWhole` does. */
export type JoinSegments = (stored: readonly StoredSegment[], piece: Piece) => Promise<Judgement | null>

/** Null while some are missing, and for further ones of a payload that was joined already. */
export async function joinSegment(
  { hash: whole, index, count, parityCount, payload }: Segment,
  piece: Piece,
  port: SegmentPort,
  join: JoinSegments,
  now: Millis,
): Promise<JoinedSegments | null> {
  const key = { communityId: piece.communityId, signer: piece.record.sig, whole }
  const parity = count === 0
  const stored = await port.add({ ...key, parity, index, dataCount: count, parityCount, payload }, now)
  if (stored.length === 0) return null
  const result = await join(stored, piece)
  if (result === null) return null
  if (result.kind === 'refused' && result.reason === 'bad-segments') return { result, done: () => port.drop(key) }
  // What waits for a group key is put together once more when the key is there.
  const done = result.kind === 'waiting' ? async () => {} : () => port.joined(key, now)
  return { result, done }
}

/** Null while they are too few. The sum of a large payload takes a second: not for a thread that has to answer. */
export async function readWhole(
  stored: readonly StoredSegment[],
  record: TransportRecord,
  context: InterpretContext,
): Promise<Judgement | null> {
  try {
    const whole = reassemble(stored.map((one) => ({ ...one, hash: one.whole, count: one.dataCount })))
    return await judged(() => interpretWhole(whole, record, context))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    if (error.code === 'INCOMPLETE') return null
    return { kind: 'refused', reason: 'bad-segments', detail: error.message }
  }
}
