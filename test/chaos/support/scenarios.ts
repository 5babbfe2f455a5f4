/** What the scenarios share: which of them passes which crash point, chance that can be repeated, and folders. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { putMessages } from '../../support/folder-network.ts'
import type { Said } from '../../support/history-said.ts'
import type { NodeTask } from './node-task.ts'

type Role = NodeTask['role']

/** By the first word of a crash point: the roles that must come by it. */
const roles: Readonly<Record<string, readonly Role[]>> = {
  publish: ['owner'],
  outbox: ['owner'],
  publication: ['owner', 'member'],
  store: ['owner', 'member'],
  download: ['member'],
  import: ['member'],
  // Kills of encrypted communities are a test of their own: test/integration/communities/kills.test.ts.
  groupkeys: [],
  // What an owner brings from elsewhere has tests of its own that kill it: test/integration/imports.
  imports: [],
  // No node runs this engine yet: its own tests kill it.
  codex: [],
  // Only a damaged database comes by these: the store's own tests kill them.
  recovery: [],
}

/** @throws for a crash point of a new kind: a scenario must be found, or made, that comes by it. */
export function rolesOf(point: string): readonly Role[] {
  const found = roles[point.slice(0, point.indexOf('.'))]
  if (found === undefined) throw new Error(`No scenario is named that comes by ${point}: add it to scenarios.ts.`)
  return found
}

/** How often chance kills a node, in all. RULES.md R8.2. */
const kills = Number(process.env.CHRONICLE_KILLS ?? 5)
const base = Number(process.env.CHRONICLE_SEED ?? Math.floor(Math.random() * 1_000_000))

/** A role's share of the seeds; they are in the names of the tests, and CHRONICLE_SEED=n begins with n. */
export const seeds = (role: Role): number[] =>
  Array.from({ length: kills }, (_, n) => base + n).filter((seed) => (seed % 2 === 0) === (role === 'owner'))

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
