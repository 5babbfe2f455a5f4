/** A member that follows an owner and is asked, again and again, what it cost. */
import { setTimeout as pause } from 'node:timers/promises'
import { openRooms } from '../../support/history-rooms.ts'
import { communityId } from '../../support/people.ts'
import { type BenchOwner, until } from './owners.ts'

export interface Follower {
  /** Restores all there is; payload bytes that were fetched for it since the last call. */
  restoreAll(): Promise<number>
  close(): Promise<void>
}

export async function followerOf(owner: BenchOwner, folder: string): Promise<Follower> {
  const { store, archives, engine, hear, close } = await openRooms({ folder, network: owner.network, role: 'member' })
  let known = 0
  const restoreAll = async () => {
    await owner.rooms.outbox.drained()
    await hear()
    archives.storeAnswered(communityId)
    await until(async () => {
      const [link] = await store.downloads.links(communityId)
      return link?.state === 'done' && !archives.isRestoring(communityId)
    })
    const rows = await store.downloads.archives(communityId)
    const imported = rows.filter(({ state }) => state === 'imported').length
    if (imported !== owner.weeks) throw new Error(`${imported} of ${owner.weeks} weeks were restored`)
    // The engine tells what it counted a moment later.
    for (let last = -1; last !== engine.status().downloaded; await pause(600)) last = engine.status().downloaded
    const fetched = engine.status().downloaded - known
    known += fetched
    return fetched
  }
  return { restoreAll, close }
}
