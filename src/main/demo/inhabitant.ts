/** One person of the demonstration, with a profile, a node and a folder of their own. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { EngineKind } from '../../shared/domain.ts'
import { systemClock } from '../clock.ts'
import type { Random } from '../messages/index.ts'
import { type ChronicleNode, openNode } from '../node/index.ts'
import { openProfiles } from '../profiles/index.ts'

export interface Inhabitant {
  readonly node: ChronicleNode
  readonly random: Random
  /** The torrent engine's folder. */
  readonly torrents: string
  close(): Promise<void>
}

export interface MoveIn {
  readonly root: string
  readonly name: string
  /** Service nodes that this person uses. */
  readonly nodes: readonly string[]
  readonly engines: readonly EngineKind[]
  readonly log?: ((line: string) => void) | undefined
}

/** The keys live as long as the demonstration, so their lock need not be slow. */
const COST = { N: 2 ** 12, r: 8, p: 1 }

export async function moveIn({ root, name, nodes, engines, log }: MoveIn): Promise<Inhabitant> {
  const random: Random = (length) => new Uint8Array(randomBytes(length))
  await mkdir(root, { recursive: true, mode: 0o700 })
  const profiles = openProfiles({ root, random, clock: systemClock, cost: COST })
  const password = Buffer.from(random(16)).toString('hex')
  const { profile } = await profiles.create({ name, password })
  const session = await profiles.login(profile.id, password)
  try {
    const say = (line: string) => log?.(`${name}: ${line}`)
    const node = await openNode({ session, service: false, nodes, engines, backupEvery: null, log: say })
    const close = async () => {
      await node.close()
      await session.close()
    }
    return { node, random, torrents: path.join(session.folder, 'torrents'), close }
  } catch (error) {
    await session.close()
    throw error
  }
}
