/** What the scenarios share: which of them passes which crash point, chance that can be repeated, and folders. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { putMessages } from '../../support/folder-network.ts'
import type { Said } from '../../support/history-said.ts'
import { crashPointsInSource } from './crash-points.ts'
import type { NodeTask } from './node-task.ts'

export type Scenario = Pick<NodeTask, 'role' | 'kind'>

const owner = { role: 'owner', kind: 'torrent' } as const
const member = { role: 'member', kind: 'torrent' } as const
const codexOwner = { role: 'owner', kind: 'codex' } as const
const codexMember = { role: 'member', kind: 'codex' } as const
/** CHRONICLE_CHAOS_ENGINES=torrent leaves the other engine to a longer run. */
export const kinds = (['torrent', 'codex'] as const).filter((kind) =>
  (process.env.CHRONICLE_CHAOS_ENGINES ?? 'torrent,codex').split(',').includes(kind),
)
const scenarios: readonly Scenario[] = [owner, member, codexOwner, codexMember].filter(({ kind }) =>
  kinds.includes(kind),
)

/** Who must come by a crash point; the first line that fits. */
const routes: readonly (readonly [RegExp, readonly Scenario[]])[] = [
  [/^publish\.(engine|commit):/, [owner, codexOwner]],
  [/^(publish|outbox)\./, [owner]],
  [/^(publication|store)\./, [owner, member]],
  [/^(download|import)\./, [member]],
  [/^codex\.(write|rename|store|publish):/, [codexOwner]],
  [/^codex\.(adopt|progress|sync|complete):/, [codexMember]],
  // Kills of encrypted communities are a test of their own: test/integration/communities/kills.test.ts.
  [/^groupkeys\./, []],
  // What an owner brings from elsewhere has tests of its own that kill it: test/integration/imports.
  [/^imports\./, []],
  // Taking over a history is killed in a test of its own: test/integration/archives/crashes.test.ts.
  [/^adopt\./, []],
  // Putting messages aside has kills of its own: test/integration/store/replacement-kills.test.ts.
  [/^replacement\./, []],
  // Only a damaged database comes by these: the store's own tests kill them.
  [/^recovery\./, []],
]

/** @throws for a crash point that nobody comes by: a scenario must be found, or made. */
export function scenariosOf(point: string): readonly Scenario[] {
  const found = routes.find(([names]) => names.test(point))
  if (found === undefined) throw new Error(`No scenario comes by ${point}: add it to scenarios.ts.`)
  return found[1]
}

/** The crash points at which a scenario must be killed. */
export const pointsOf = ({ role, kind }: Scenario): string[] =>
  crashPointsInSource().filter((point) => scenariosOf(point).some((one) => one.role === role && one.kind === kind))

/** How often chance kills a node, in all. RULES.md R8.2. */
const kills = Number(process.env.CHRONICLE_KILLS ?? 5)
const base = Number(process.env.CHRONICLE_SEED ?? Math.floor(Math.random() * 1_000_000))

/** A scenario's share of the seeds; they are in the names of the tests, and CHRONICLE_SEED=n begins with n. */
export function seedsOf({ role, kind }: Scenario): number[] {
  const share = scenarios.findIndex((one) => one.role === role && one.kind === kind)
  const all = Array.from({ length: kills }, (_, n) => base + n)
  return all.filter((seed) => seed % scenarios.length === share)
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Scene {
  readonly folder: string
  readonly network: string
  remove(): void
}

/** Folders of one test, with these shelves on its network. */
export function scene(shelves: Readonly<Record<string, readonly Said[]>> = {}): Scene {
  const root = mkdtempSync(join(tmpdir(), 'chronicle-chaos-'))
  const network = join(root, 'network')
  for (const [shelf, said] of Object.entries(shelves))
    putMessages(
      network,
      shelf,
      said.map(({ sealed }) => sealed),
    )
  return { folder: join(root, 'node'), network, remove: () => rmSync(root, { recursive: true, force: true }) }
}
