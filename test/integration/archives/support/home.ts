/** An owner who has published some weeks, and a stage of nodes on which members come to it. */
import type { Publication } from '../../../../src/main/archives/index.ts'
import { systemClock } from '../../../../src/main/clock.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { communityId } from './people.ts'
import { type NodeOptions, TestNode, temporaryFolders, until } from './world.ts'

export const WEEK = 7 * 24 * 3600
/** s: the first message. */
export const START = 1_700_000_000
/** ms: twenty weeks after the first message. */
export const NOW = (START + 20 * WEEK) * 1000

/** One message for each of the weeks `[from, to)`. */
export const weekly = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ at: START + (from + i) * WEEK, text: `week ${from + i}` }))
export const texts = (from: number, to: number) => weekly(from, to).map(({ text }) => text)

/** Resolves once the node fetches and imports nothing any more. */
export const quiet = (node: TestNode) => until(() => !node.archives.isRestoring(communityId), 'the restoration')

interface Home {
  readonly node: TestNode
  readonly first: Publication
  /** Publishes a further stretch of weeks. */
  more(from: number, to: number): Promise<Publication>
}

export class Stage {
  readonly #folders = temporaryFolders()
  readonly #nodes: TestNode[] = []

  /** A node in the stage's folder: a member by the system's clock, unless told otherwise. */
  async open(options: Partial<NodeOptions>): Promise<TestNode> {
    const root = this.#folders.root
    const node = await TestNode.open({ root, name: 'member', role: 'member', clock: systemClock, ...options })
    this.#nodes.push(node)
    return node
  }

  /** An owner with `weeks` published weeks. */
  async home(weeks: number, options: Partial<NodeOptions> = {}): Promise<Home> {
    const clock = new FakeClock(NOW)
    const node = await this.open({ name: 'owner', role: 'owner', clock, ...options })
    await node.hear(...weekly(0, weeks))
    node.archives.startOwner(communityId)
    await until(() => node.names().includes('historyArchivesCreated'), 'the publication')
    const newest = async () => {
      const all = (await node.announcements()).sort((a, b) => b.clock - a.clock)
      if (!all[0]) throw new Error('nothing announced')
      return all[0]
    }
    return {
      node,
      first: await newest(),
      async more(from, to) {
        await node.hear(...weekly(from, to))
        await clock.advance(1000)
        await node.archives.archiveNow(communityId)
        return newest()
      },
    }
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) await node.close()
    this.#folders.remove()
  }
}
