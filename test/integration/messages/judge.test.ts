/** The judge in a thread of its own: the same judgements, in the same order, for little of the time of this one. */
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { Judge, type JudgeOptions } from '../../../src/main/messages/index.ts'
import { buildTopicTable } from '../../../src/main/messages/listening.ts'
import type { WakuRecord } from '../../../src/main/waku/network.ts'
import { hexToBytes, ratchetKeyId, sealRatchet, sealSymmetric, segment } from '../../../src/main/wire/index.ts'
import { communityId } from '../../support/people.ts'
import {
  ada,
  announcement,
  keyOf,
  listening,
  one,
  other,
  random,
  said,
  universal,
} from '../../unit/messages/inbox-support.ts'

const judges: Judge[] = []
const judge = (options: JudgeOptions): Judge => {
  const made = new Judge(options)
  judges.push(made)
  return made
}
afterEach(async () => {
  for (const made of judges.splice(0)) await made.close()
})

const groupId = hexToBytes(communityId)
const groupKey = { key: random(32), timestamp: 5 }
const groupKeys = [{ keyId: ratchetKeyId(groupId, groupKey), key: groupKey.key }]
const thrown = (_record: WakuRecord, error: unknown): null => {
  throw error
}

async function carried(data: Uint8Array): Promise<WakuRecord> {
  const payload = sealSymmetric({ data, key: await keyOf(universal), nonce: random(12), padding: random })
  return { ...one(await said('envelope')), payload, hash: random(32) }
}

/** Something of everything that may come; a group's message so far along its chain that one walks there. */
async function everything(): Promise<WakuRecord[]> {
  const { message } = await said('secret')
  const sealed = { groupId, groupKey, nonce: random(12), plaintext: message, installationId: '' }
  const [piece] = segment(random(4000), 1000)
  const good = one(await said('hello'))
  return [
    good,
    one(await announcement(5)),
    one(await announcement(6, other.key)),
    await carried(sealRatchet({ ...sealed, seqNo: 1 })),
    await carried(sealRatchet({ ...sealed, seqNo: 5000 })),
    await carried(piece ?? new Uint8Array()),
    { ...good, payload: random(300), hash: random(32) },
    { ...good, contentTopic: '/waku/1/0x01020304/rfc26' as WakuRecord['contentTopic'], hash: random(32) },
    one(await said('and more', 1_700_000_001_000), 'store'),
  ]
}

describe('the judge', () => {
  it('finds in a thread what it finds here, in the order in which it came', async () => {
    const records = await everything()
    const [here, there] = [judge({ few: 100 }), judge({ few: 0 })]
    // As a member who has no key yet, with the key, and as the owner with a key that the thread was given before.
    for (const more of [{ keepRaw: false }, { keepRaw: false, groupKeys }, { keepRaw: true, groupKeys }]) {
      const table = await buildTopicTable([listening(more)], keyOf)
      const found = await here.judge(records, table, thrown)
      expect(await there.judge(records, table, thrown)).toEqual(found)
      const kinds = found.map((each) => (each?.read ? each.result.kind : each?.reason))
      const secret = 'groupKeys' in more ? 'item' : 'waiting'
      const said = ['item', 'control', 'refused', secret, secret, 'segment', 'undecryptable', 'not-for-us', 'item']
      expect(kinds).toEqual(said)
    }
  })

  it('loses nothing when its thread dies over what it was given, and has another the next time', async () => {
    const records = await everything()
    const workers: Worker[] = []
    const there = judge({ few: 0, onThread: (worker) => workers.push(worker) })
    const table = await buildTopicTable([listening()], keyOf)
    const expected = await judge({ few: 100 }).judge(records, table, thrown)
    const first = there.judge(records, table, thrown)
    void workers[0]?.terminate()
    expect(await first).toEqual(expected)
    expect(await there.judge(records, table, thrown)).toEqual(expected)
    expect(workers).toHaveLength(2)
  })

  it('leaves this thread its time while a stranger announces without end', async () => {
    const table = await buildTopicTable([listening({ keepRaw: false })], keyOf)
    const flood: WakuRecord[] = []
    for (let clock = 1; clock <= 400; clock += 1) flood.push(one(await announcement(clock, ada.key)))
    const there = judge({ few: 0 })
    await there.judge(flood.slice(0, 50), table, thrown)
    // Time of this thread on a processor, which other programs on the machine take nothing from.
    const costOf = async (made: Judge) => {
      const before = process.threadCpuUsage()
      const found = await made.judge(flood, table, thrown)
      expect(found.every((each) => each?.read && each.result.kind === 'refused')).toBe(true)
      return process.threadCpuUsage(before).user
    }
    const [here, elsewhere] = [await costOf(judge({ few: 1000 })), await costOf(there)]
    expect(elsewhere).toBeLessThan(here / 2)
  })
})
