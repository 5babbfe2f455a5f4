/** How many peers have which archive, asked of whatever engines run. */
import type { ArchiveId, ArchiveLink, CommunityId, EngineKind } from '../../shared/domain.ts'
import type { ArchiveEntry, DistributionEngine } from '../distribution/engine.ts'

export interface HoldersInput {
  readonly engines: readonly DistributionEngine[]
  /** Of each engine the newest first. */
  readonly links: readonly { readonly engine: EngineKind; readonly link: ArchiveLink }[]
  readonly entries: readonly ArchiveEntry[]
}

/** What no engine can tell is left out. */
export async function holdersOf(communityId: CommunityId, input: HoldersInput): Promise<Map<ArchiveId, number>> {
  const found = new Map<ArchiveId, number>()
  for (const engine of input.engines) {
    const link = input.links.find((one) => one.engine === engine.kind)?.link
    const entries = input.entries.filter(({ locator }) => locator.kind === engine.kind)
    if (link === undefined || entries.length === 0) continue
    // An engine that is just being replaced knows nobody.
    const counts = await engine
      .holders(
        communityId,
        link,
        entries.map(({ locator }) => locator),
      )
      .catch(() => [])
    for (const [at, count] of counts.entries()) {
      const id = entries[at]?.id
      if (id !== undefined) found.set(id, count)
    }
  }
  return found
}
