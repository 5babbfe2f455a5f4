/**
 * Serving what was downloaded: seeded on, also after a restart, until the member says otherwise; a link that is whole
 * takes the place of those before it. PROTOCOL.md §6.6, RULES.md R1.4.
 */
import type { CommunityId, EngineKind } from '../../shared/domain.ts'
import type { DistributionEngine } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { linkIdentity } from './announced-links.ts'
import { sentenceOf } from './failures.ts'
import type { EnginesPort } from './ports.ts'
import type { Signals } from './signals.ts'

export type Link = Awaited<ReturnType<Store['downloads']['links']>>[number]

export interface ServingParts {
  readonly store: Pick<Store, 'downloads'>
  readonly engines: Pick<EnginesPort, 'running'>
  readonly signals: Signals
}

export class Serving {
  readonly #communityId: CommunityId
  readonly #parts: ServingParts

  constructor(communityId: CommunityId, parts: ServingParts) {
    this.#communityId = communityId
    this.#parts = parts
  }

  /** Serves what is here of a link, or not, as the member chose. */
  async serve({ engine: kind, link }: Pick<Link, 'engine' | 'link'>): Promise<void> {
    const { store, signals } = this.#parts
    const engine = this.#engine(kind)
    if (!engine) return
    const { seeding } = await store.downloads.settings(this.#communityId)
    try {
      await engine.seed(this.#communityId, link, seeding)
      if (seeding) signals.seeding(this.#communityId, [kind])
    } catch (error) {
      if (!seeding) return // nothing of it is here
      signals.emit('historyArchivesNotice', this.#communityId, null, `Not seeding on ${kind}: ${sentenceOf(error)}`)
    }
  }

  /** Before anything of a link comes: an engine serves what it fetches unless it was told not to. */
  async quieten({ engine: kind, link }: Pick<Link, 'engine' | 'link'>): Promise<void> {
    const { seeding } = await this.#parts.store.downloads.settings(this.#communityId)
    if (!seeding) await this.#engine(kind)?.seed(this.#communityId, link, false)
  }

  /** Everything wanted of it is here: it is done, it is served, and what was before it is let go. */
  async complete(link: Link): Promise<void> {
    const { downloads } = this.#parts.store
    const communityId = this.#communityId
    await downloads.setLinkState(communityId, link, 'done')
    await this.serve(link)
    const identity = linkIdentity(link.engine, link.link)
    for (const old of await downloads.links(communityId)) {
      if (old.engine !== link.engine || old.link === link.link || old.clock > link.clock) continue
      if (linkIdentity(old.engine, old.link) !== identity) {
        await this.#engine(old.engine)
          ?.remove(communityId, old.link)
          .catch(() => {})
      }
      await downloads.forgetLink(communityId, old)
    }
  }

  #engine(kind: EngineKind): DistributionEngine | undefined {
    return this.#parts.engines.running().find((engine) => engine.kind === kind)
  }
}

/** Of each flavour the newest link that is followed. */
export function newestLinks(links: readonly Link[]): Link[] {
  const newest = new Map<EngineKind, Link>()
  for (const link of links) {
    if (link.state === 'superseded' || link.state === 'cancelled' || link.state === 'refused') continue
    if (!newest.has(link.engine)) newest.set(link.engine, link)
  }
  return [...newest.values()]
}
