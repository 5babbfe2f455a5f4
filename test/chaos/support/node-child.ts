/**
 * A node in a process of its own, to be killed: `node node-child.ts '<json>'`. It goes on wherever its folder says it
 * stopped, tells of each step in a line of JSON, and at the end stays up until its input ends.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { armCrashPoint } from '../../../src/main/workers/crash-point.ts'
import { type HistoryRooms, openRooms } from '../../support/history-rooms.ts'
import { communityId } from '../../support/people.ts'
import type { NodeLine, NodeTask } from './node-task.ts'

// The parent's own words.
const task = JSON.parse(process.argv[2] ?? '{}') as NodeTask & { readonly crashPoint: string | null }
const say = (line: NodeLine) => process.stdout.write(`${JSON.stringify(line)}\n`)

armCrashPoint(task.crashPoint)
const rooms = await openRooms(task)
rooms.archives.signals.on(({ name, detail }) => say({ step: 'signal', name, detail }))
say({ step: 'open' })
if (task.role === 'owner') await archive(rooms)
else await restore(rooms)
say({ step: 'done', addresses: rooms.engine.status().addresses })
process.stdin.resume()
await once(process.stdin, 'end')
await rooms.close()

/** Hears one shelf after the other and makes a publication of each. */
async function archive({ store, archives, outbox, hear }: HistoryRooms): Promise<void> {
  let started = false
  for (const shelf of task.shelves) {
    await hear(shelf)
    say({ step: 'heard', shelf })
    if (started) await archives.intervalChanged()
    else archives.startOwner(communityId)
    started = true
    await until(async () => {
      // Its loop has looked around, so nothing is announced any more that was announced before.
      if (archives.loop(communityId).startedAs === null) return false
      const waiting = await store.archives.unarchived(communityId)
      const unfinished = await store.archives.unfinished(communityId)
      return waiting + unfinished.length + (await outbox.pending()) === 0
    })
    say({ step: 'published', shelf })
  }
}

/** Hears every announcement on its shelves and restores what the newest one leads to. */
async function restore({ store, archives, hear }: HistoryRooms): Promise<void> {
  await archives.startMember()
  await hear(...task.shelves)
  archives.storeAnswered(communityId)
  await until(async () => {
    if (archives.isRestoring(communityId)) return false
    const [link] = await store.downloads.links(communityId)
    const rows = await store.downloads.archives(communityId)
    return link?.state === 'done' && rows.every(({ state }) => state === 'imported')
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}
