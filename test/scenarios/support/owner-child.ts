/**
 * An owner in a process of its own, whose clock stands at a given time: `owner-child.ts '<json>'`. Says how its loop
 * found the community, does what it was told, says what there is then, and stays until it is killed.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { communityId, type Said } from '../../integration/archives/support/people.ts'
import { TestNode, until } from '../../integration/archives/support/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

export interface OwnerTask {
  readonly root: string
  /** ms */
  readonly now: number
  /** What the store node has that this owner has not heard. */
  readonly missed?: readonly Said[]
  /** Said while it is online. */
  readonly said?: readonly Said[]
  /** ms for which it stays online. */
  readonly stays?: number
}

export interface OwnerLine {
  readonly step: 'begun' | 'done'
  readonly startedAs: string | null
  readonly nextAt: number | null
  /** `[from, to)` of each archive, oldest first. */
  readonly archives: readonly (readonly [number, number])[]
  readonly unarchived: number
  readonly seeded: boolean
  /** Clocks of what was announced in this life, in the order in which it was. */
  readonly announced: readonly number[]
}

const HOUR = 3_600_000
// The parent's own words.
const task = JSON.parse(process.argv[2] ?? '{}') as OwnerTask
const clock = new FakeClock(task.now)
const node = await TestNode.open({
  root: task.root,
  name: 'owner',
  role: 'owner',
  clock,
  threads: true,
  catchUp: async () => {
    appendFileSync(join(task.root, 'asked'), `${clock.now()}\n`)
    await node.hear(...(task.missed ?? []))
  },
})
const published = () => node.names().filter((name) => name === 'historyArchivesCreated').length
const before = (await node.announcements()).length
node.archives.startOwner(communityId)
await until(() => node.archives.loop(communityId).startedAs !== null, 'the loop to begin')
if (node.archives.loop(communityId).startedAs === 'C')
  await until(() => published() > 0, 'what was due to be published')
await until(async () => (await node.store.archives.unfinished(communityId)).length === 0, 'all of it')
await tell('begun')
await node.hear(...(task.said ?? []))
for (let spent = 0; spent < (task.stays ?? 0); spent += HOUR) {
  await clock.advance(HOUR)
  await until(isDone, 'the work of an hour')
}
await tell('done')
setInterval(() => {}, 60_000)

/** What is due is due no longer, and nothing of it is unfinished. */
async function isDone(): Promise<boolean> {
  const { nextAt } = node.archives.loop(communityId)
  if (nextAt !== null && nextAt <= clock.now()) return false
  return (await node.store.archives.unfinished(communityId)).length === 0
}

async function tell(step: OwnerLine['step']): Promise<void> {
  const { archives, unarchived, nextAt, links } = await node.archives.history(communityId)
  const [newest] = links
  const line: OwnerLine = {
    step,
    startedAs: node.archives.loop(communityId).startedAs,
    nextAt,
    archives: archives.map(({ from, to }) => [from, to] as const).reverse(),
    unarchived,
    seeded: newest !== undefined && node.engine.isFetchable(newest.link),
    announced: (await node.announcements()).slice(before).map((one) => one.clock),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
