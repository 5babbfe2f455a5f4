/**
 * One end of a transfer by BitTorrent, in a process of its own: `node torrent-end.ts '<json>'`. It either publishes and
 * serves, or fetches everything behind a link, and says in a line of JSON what it did.
 */

import type { StagedArchive } from '../../../src/main/distribution/engine.ts'
import { createTorrentEngine } from '../../../src/main/distribution/torrent/engine.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'
import { plainCodec } from '../../support/torrent-codec.ts'

export type EndTask = { readonly root: string; readonly communityId: CommunityId } & (
  | { readonly gives: readonly StagedArchive[] }
  | { readonly gets: ArchiveLink; readonly from: readonly string[] }
)

export interface GivingEnd {
  readonly link: ArchiveLink
}

export interface GettingEnd {
  /** ms from the link to the last archive, verified and on the disk. */
  readonly took: number
}

// The parent's own words.
const task = JSON.parse(process.argv[2] ?? '{}') as EndTask
const say = (value: GivingEnd | GettingEnd) => process.stdout.write(`${JSON.stringify(value)}\n`)
const engine = createTorrentEngine({ root: task.root })
await engine.start()
if ('gives' in task) {
  const { link } = await engine.publish(task.communityId, null, task.gives, plainCodec)
  say({ link })
} else {
  const { communityId, gets: link } = task
  const began = performance.now()
  engine.addPeers(communityId, task.from)
  const entries = await plainCodec.decode(await engine.openIndex(communityId, link))
  await Promise.all(entries.map((entry) => engine.fetch(communityId, link, entry)))
  say({ took: performance.now() - began })
  await engine.stop()
  process.exit(0)
}
