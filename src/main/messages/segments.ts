/** Puts segments together, whatever their order; what they make up is read like any other payload. PROTOCOL.md §3.7. */
import type { Millis } from '../../shared/domain.ts'
import { reassemble, type Segment, WireError } from '../wire/index.ts'
import type { InterpretContext, TransportRecord } from './context.ts'
import { type Interpretation, interpretWhole } from './interpret.ts'
import type { SegmentPort } from './ports.ts'
import { walkTo } from './ratchets.ts'

export interface JoinedSegments {
  readonly result: Interpretation
  /** To be called when the result is durable; without it the same segments are put together again. */
  readonly done: () => Promise<void>
}

/** Null while some are missing, and for further ones of a payload that was joined already. */
export async function joinSegment(
  { hash: whole, index, count, parityCount, payload }: Segment,
  { record, context }: { readonly record: TransportRecord; readonly context: InterpretContext },
  port: SegmentPort,
  now: Millis,
): Promise<JoinedSegments | null> {
  const key = { communityId: context.communityId, signer: record.sig, whole }
  const parity = count === 0
  const stored = await port.add({ ...key, parity, index, dataCount: count, parityCount, payload }, now)
  if (stored.length === 0) return null
  try {
    const joined = reassemble(stored.map((one) => ({ ...one, hash: one.whole, count: one.dataCount })))
    let result = interpretWhole(joined, record, context)
    while (result.kind === 'far') {
      await walkTo(result.chain, result.seqNo)
      result = interpretWhole(joined, record, context)
    }
    const { kind } = result
    // What waits for a group key is put together once more when the key is there.
    const done = kind === 'waiting' ? async () => {} : () => port.joined(key, now)
    return { result, done }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    if (error.code === 'INCOMPLETE') return null
    const result = { kind: 'refused', reason: 'bad-segments', detail: error.message } as const
    return { result, done: () => port.drop(key) }
  }
}
