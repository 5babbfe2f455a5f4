import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CommunityRequests } from '../../../src/main/store/community-requests.ts'
import { openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import type { ContactId, Millis, Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityId, person } from '../../support/people.ts'

const at = (ms: number) => ms as Millis
const seconds = (s: number) => s as Seconds
const ada = person('ada').id
const bob = person('bob').id

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-communities-'))
  store = await openStoreInThread(join(folder, 'db.sqlite'), new FakeClock())
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const row = {
  id: communityId,
  role: 'member' as const,
  membership: 'requested' as const,
  generation: 'N2' as const,
  historyArchives: true,
  sealedKey: null,
  deviceId: new Uint8Array(16).fill(1),
  createdAt: at(5),
}
const description = (clock: number, members: ContactId[], left: ContactId[] = []) => ({
  description: { message: Uint8Array.of(clock), clock: at(clock), members, left },
})

describe('the communities of a profile, stored', () => {
  it('a community is added once, with its first change in the same transaction', async () => {
    expect(await store.communities.add(row, description(10, [ada]))).toBe(true)
    expect(await store.communities.add({ ...row, role: 'owner' }, description(20, [ada]))).toBe(false)
    expect(await store.communities.get(communityId)).toEqual({
      ...row,
      ended: '',
      spectating: false,
      refusedClock: 0,
      description: Uint8Array.of(10),
      descriptionClock: 10,
      archiveClock: 0,
      publishedClock: 0,
      publishedAt: 0,
      requestedAt: 0,
      requests: 0,
      readable: null,
    })
    expect(await store.communities.list()).toHaveLength(1)
  })

  it('R4.6 an older description changes nothing, not even what came with it', async () => {
    await store.communities.add(row, description(10, [ada]))
    const late = { communityId, ...description(9, []), membership: 'none' as const, archiveClock: at(99) }
    expect(await store.communities.apply(late)).toBe(false)
    expect(await store.communities.get(communityId)).toMatchObject({
      membership: 'requested',
      descriptionClock: 10,
      archiveClock: 0,
    })
    expect(await store.communities.apply({ ...late, ...description(10, []) })).toBe(true)
  })

  it('R4.5 remembers who left, until they are back', async () => {
    await store.communities.add(row, description(10, [ada, bob]))
    await store.communities.apply({ communityId, ...description(11, [ada], [bob]) })
    expect(await store.communities.former(communityId)).toEqual([bob])
    await store.communities.apply({ communityId, ...description(12, [bob], [ada]) })
    expect(await store.communities.former(communityId)).toEqual([ada])
  })

  it('R4.6 a request not newer than the one handled is refused, with all that would follow from it', async () => {
    await store.communities.add(row, description(10, []))
    const ask = (clock: number, kind: 'join' | 'leave', next: number) => ({
      communityId,
      request: { contactId: ada, kind, clock: seconds(clock), at: at(1), displayName: '' },
      ...description(next, [ada]),
    })
    expect(await store.communities.apply(ask(100, 'join', 11))).toBe(true)
    expect(await store.communities.apply(ask(100, 'join', 12))).toBe(false)
    expect(await store.communities.apply(ask(99, 'leave', 12))).toBe(false)
    expect(await store.communities.get(communityId)).toMatchObject({ descriptionClock: 11 })
    expect(await store.communities.apply(ask(101, 'leave', 12))).toBe(true)
    expect(await store.communities.request(communityId, ada)).toEqual({
      contactId: ada,
      kind: 'leave',
      clock: 101,
      at: 1,
      displayName: '',
    })
    expect(await store.communities.request(communityId, bob)).toBeNull()
  })

  it('R3.1 the archive clock never goes back', async () => {
    await store.communities.add(row)
    await store.communities.noteArchiveClock(communityId, at(7))
    await store.communities.noteArchiveClock(communityId, at(5))
    await store.communities.apply({ communityId, archiveClock: at(6) })
    expect(await store.communities.get(communityId)).toMatchObject({ archiveClock: 7 })
  })

  it('what a change does not name stays, and a community that is not there cannot change', async () => {
    await store.communities.add(row)
    await store.communities.apply({ communityId, requested: { at: at(50), requests: 2 } })
    await store.communities.apply({ communityId, generation: 'M', historyArchives: false })
    await store.communities.apply({ communityId, published: { clock: at(3), at: at(4) } })
    expect(await store.communities.get(communityId)).toMatchObject({
      requestedAt: 50,
      requests: 2,
      generation: 'M',
      historyArchives: false,
      membership: 'requested',
      publishedClock: 3,
      publishedAt: 4,
    })
    const other = `0x02${communityId.slice(4)}` as typeof communityId
    expect(await store.communities.apply({ communityId: other, membership: 'joined' })).toBe(false)
    expect(await store.communities.get(other)).toBeNull()
  })

  it('R4.6 a cancellation counts once, and only where somebody waits', async () => {
    await store.communities.add({ ...row, role: 'owner' })
    const asked = (clock: number) =>
      store.communities.apply({
        communityId,
        asked: { contactId: ada, requestId: 'r', displayName: 'Ada', clock: seconds(clock), since: at(clock) },
      })
    const cancel = (clock: number) =>
      store.communities.apply({ communityId, withdrawn: { contactId: ada, clock: at(clock), at: at(9) } })
    expect(await cancel(5000)).toBe(false)
    expect(await asked(100)).toBe(true)
    expect(await cancel(5000)).toBe(true)
    expect(await asked(101)).toBe(true)
    expect(await cancel(5000)).toBe(false)
    expect(await cancel(5001)).toBe(true)
    expect(await asked(101)).toBe(false)
  })

  it('requests of strangers are bounded: so many wait, and of the settled ones the oldest are forgotten', () => {
    const db = new Database(':memory:')
    migrate(db, migrations, at(1))
    db.prepare(
      `INSERT INTO communities (id, role, membership, generation, history_archives, device_id, created_at)
       VALUES (?, 'owner', 'joined', 'N2', 1, x'00', 1)`,
    ).run(communityId)
    const requests = new CommunityRequests(db, { pending: 20, settled: 10 })
    const who = (n: number) => `0x04${n.toString(16).padStart(128, '0')}` as ContactId
    const ask = (n: number, clock = 100) =>
      requests.ask(communityId, {
        contactId: who(n),
        requestId: `r${n}`,
        displayName: '',
        clock: seconds(clock),
        since: at(n),
      })
    const asked = Array.from({ length: 25 }, (_, n) => ask(n))
    expect(asked).toEqual([...Array(20).fill(true), ...Array(5).fill(false)])
    expect(requests.count(communityId, 'pending')).toBe(20)
    // Who waits already may ask anew, with a newer clock.
    expect([ask(0), ask(0, 101)]).toEqual([false, true])
    for (let n = 0; n < 20; n += 1) requests.refuse(communityId, [who(n)], at(1000 + n))
    expect(requests.count(communityId, 'refused')).toBeLessThanOrEqual(10)
    expect(requests.find(communityId, who(0))).toBeNull()
    expect(requests.find(communityId, who(19))?.state).toBe('refused')
    const leave = (n: number) =>
      requests.settle(communityId, {
        contactId: who(n),
        kind: 'leave',
        clock: seconds(1000),
        at: at(n),
        displayName: '',
      })
    for (let n = 100; n < 200; n += 1) leave(n)
    expect([requests.handled(communityId, who(100)), requests.handled(communityId, who(199))?.kind]).toEqual([
      null,
      'leave',
    ])
    const remembered = db.prepare('SELECT 1 FROM community_requests').all()
    expect(remembered.length).toBeLessThanOrEqual(10)
    db.close()
  })
})
