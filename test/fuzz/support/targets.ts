/** Every decoder and every boundary that a stranger's bytes reach. Who adds one to the program adds it here. */
import { archiveTargets } from './archive-targets.ts'
import { codexTargets } from './codex-targets.ts'
import { contractTargets } from './contract-targets.ts'
import { streamTargets } from './stream-targets.ts'
import type { Target } from './target.ts'
import { textTargets } from './text-targets.ts'
import { wakuTargets } from './waku-targets.ts'
import { wireTargets } from './wire-targets.ts'

export const targets: readonly Target[] = [
  ...wireTargets,
  ...archiveTargets,
  ...codexTargets,
  ...streamTargets,
  ...wakuTargets,
  ...textTargets,
  ...contractTargets,
]

/** @throws for a name that no target has */
export function targetCalled(name: string): Target {
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new Error(`nothing called ${name} is fuzzed`)
  return target
}
