/** What an owner's life is made of: records, chance that can be repeated, and the archive worker without its thread. */
import { createHash } from 'node:crypto'
import type { Stager } from '../../../src/main/archives/builder.ts'
import { StagingThread } from '../../../src/main/archives/staging-thread.ts'
import type { RawRecord } from '../../../src/main/store/index.ts'
import type { Async } from '../../../src/main/workers/rpc.ts'
import type { CommunityId, MessageId, Seconds, Topic4 } from '../../../src/shared/domain.ts'

export const communityId = `0x02${'ab'.repeat(32)}` as CommunityId
export const topic = 'c09a9d22' as Topic4

export interface Said {
  readonly n: number
  readonly at: Seconds
}

/** The archive worker's own code, in this thread: a life restarts hundreds of times. */
export function inThread(): Stager {
  const thread = new StagingThread()
  const api: Async<StagingThread> = {
    begin: async (job) => thread.begin(job),
    append: async (id, records) => thread.append(id, records),
    finish: async (id) => thread.finish(id),
    supply: async (id, seals) => thread.supply(id, seals),
    discard: async (id) => thread.discard(id),
  }
  return { api, closed: new Promise(() => {}), end: async () => {} }
}

export function recordOf({ n, at }: Said): RawRecord {
  const id = createHash('sha256').update(`message ${n}`).digest()
  return {
    communityId,
    hash: id,
    sig: new Uint8Array(),
    timestamp: at,
    topic: Buffer.from(topic, 'hex'),
    payload: Buffer.from(`${n}`),
    padding: new Uint8Array(),
    thirdPartyId: '',
    messageId: `0x${id.toString('hex')}` as MessageId,
    archivable: true,
  }
}

/** Numbers in [0, 1), the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
