/**
 * Opens and judges records in a thread of its own. It knows what the inbox listens to and nothing else, so that the same
 * record has the same result here and there. Runs in that thread only.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ContentTopic } from '../../shared/domain.ts'
import type { StoredSegment } from '../store/index.ts'
import type { WakuRecord } from '../waku/network.ts'
import { equalBytes } from '../wire/index.ts'
import { serve } from '../workers/rpc.ts'
import { listeningOf, type Opener, type TopicTable } from './listening.ts'
import { contextOf, type Judgement, type Opened, openRecord } from './opening.ts'
import { type GroupKey, wipeGroupKey } from './ratchets.ts'
import { type Piece, readWhole } from './segments.ts'

export class JudgeThread {
  #table: TopicTable = new Map()
  #keys: readonly GroupKey[] = []

  /** Takes the place of all that was listened to before. Takes ownership of its keys, which came as copies. */
  listen(entries: readonly (readonly [ContentTopic, readonly Opener[]])[]): void {
    const keys = new Set<GroupKey>()
    const own = entries.map(([topic, openers]) => [topic, openers.map((opener) => this.#own(opener, keys))] as const)
    for (const key of this.#keys) if (!keys.has(key)) wipeGroupKey(key)
    for (const { key } of [...this.#table.values()].flat()) key.fill(0)
    this.#keys = [...keys]
    this.#table = new Map(own)
  }

  /** One for each record, in their order; null where this failed: whoever asked finds out why by trying it. */
  async judge(records: readonly WakuRecord[]): Promise<(Opened | null)[]> {
    const all: (Opened | null)[] = []
    for (const record of records) all.push(await openRecord(record, this.#table).catch(() => null))
    return all
  }

  /** As `readWhole`; null also if the community is not listened to any more. */
  async join(stored: readonly StoredSegment[], { communityId, origin, record }: Piece): Promise<Judgement | null> {
    const listening = listeningOf(this.#table, communityId)
    if (listening === null) return null
    return await readWhole(stored, record, contextOf({ listening, archived: false }, origin))
  }

  /** A key that was here before stays the object that it was: how far its chain was walked is known by it. */
  #own(opener: Opener, kept: Set<GroupKey>): Opener {
    const familiar = (key: GroupKey): GroupKey => {
      const known = this.#keys.find((one) => equalBytes(one.keyId, key.keyId) && equalBytes(one.key, key.key)) ?? key
      kept.add(known)
      return known
    }
    const readers = opener.readers.map(({ listening, archived }) => ({
      listening: { ...listening, groupKeys: listening.groupKeys.map(familiar) },
      archived,
    }))
    return { ...opener, readers }
  }
}

export function serveJudge(port: MessagePort): void {
  const thread = new JudgeThread()
  serve(port, thread)
  port.on('close', () => thread.listen([]))
}
