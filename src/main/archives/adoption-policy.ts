/**
 * What is still missing before an owner may publish in a community whose history was made elsewhere. Pure: what is known
 * of the community and of its links goes in, what to do comes out. RULES.md R1.3, R3.5.
 */
import type { ArchiveLink, EngineKind, Millis } from '../../shared/domain.ts'
import { DESCRIPTION_PATIENCE } from './link-policy.ts'

export interface LinkFound {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly clock: Millis
  readonly hints: readonly string[]
  readonly state: 'accepted' | 'opened' | 'done' | 'superseded' | 'cancelled' | 'refused'
  readonly reason: string
}

export interface AdoptionFacts {
  readonly now: Millis
  readonly since: Millis
  /** The newest description's archive clock; null while there is no description. */
  readonly described: Millis | null
  /** Of the newest publication made or continued here; 0 if there is none. */
  readonly published: Millis
  /** Newest first. */
  readonly links: readonly LinkFound[]
  readonly running: ReadonlySet<EngineKind>
  /** Archives of the newest links that are here, and all of them. */
  readonly archives: { readonly here: number; readonly all: number }
}

export type HoldReason =
  | 'looking'
  | 'no-store'
  | 'no-description'
  | 'no-link'
  | 'newer-link-missing'
  | 'engine-off'
  | 'fetching'

export type AdoptionStep =
  | { readonly act: 'wait'; readonly reason: HoldReason; readonly detail: string }
  /** Nothing was ever published. */
  | { readonly act: 'nothing' }
  | { readonly act: 'continue'; readonly links: readonly LinkFound[] }

const wait = (reason: HoldReason, detail: string): AdoptionStep => ({ act: 'wait', reason, detail })

/** The store network has been asked for everything of the last 30 days. */
export function nextStep({ now, since, described, published, links, running, archives }: AdoptionFacts): AdoptionStep {
  if (described === null) {
    return wait('no-description', 'No store node has the description of this community yet; it is looked for again.')
  }
  const newest = newestOf(links)
  const clock = Math.max(0, ...newest.map((link) => link.clock))
  if (newest.length === 0) {
    if (described <= published) return { act: 'nothing' }
    const refused = links.find(({ state }) => state === 'refused')
    const why = refused === undefined ? '' : ` One was refused: ${refused.reason}`
    return wait('no-link', `Archives were published, but no link to them was found yet.${why}`)
  }
  if (Math.max(clock, published) < described && now < since + DESCRIPTION_PATIENCE) {
    const detail =
      'The description speaks of newer archives than any link found; a newer one is waited for, an hour at most.'
    return wait('newer-link-missing', detail)
  }
  const leading = newest.filter((link) => link.clock === clock)
  if (leading.some(({ state }) => state === 'done')) return { act: 'continue', links: newest }
  if (leading.every(({ engine }) => !running.has(engine))) {
    const kinds = leading.map(({ engine }) => engine).join(' and ')
    return wait('engine-off', `The newest archives were published with ${kinds}, which is not running: switch it on.`)
  }
  return wait(
    'fetching',
    `${archives.here} of ${archives.all} archives are here and checked; the next publication continues them.`,
  )
}

/** Of each engine the newest link that can be followed. */
function newestOf(links: readonly LinkFound[]): LinkFound[] {
  const newest = new Map<EngineKind, LinkFound>()
  for (const link of links) {
    if (link.state === 'refused' || link.state === 'cancelled' || link.state === 'superseded') continue
    if (!newest.has(link.engine)) newest.set(link.engine, link)
  }
  return [...newest.values()]
}
