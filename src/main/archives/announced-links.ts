/**
 * The links of an announcement, made safe: what is remembered, compared and opened is never the text received but one
 * built from its parts. RULES.md R3.2, R3.4.
 */
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import {
  allowedPeers,
  classifyLink,
  type LinkPolicy as LinkRules,
  MAX_PEER_HINTS,
  magnetLink,
  parseMagnet,
  rebuildMagnet,
  WireError,
} from '../wire/index.ts'
import type { HeardDevice } from './device-policy.ts'
import type { AnnouncedLink } from './link-policy.ts'

/** As an announcement or a join response carries them. */
export interface Announcement {
  readonly clock: Millis
  readonly link: string
  readonly otherLink: string | null
  /** Addresses of the owner's engines: a stranger's word. */
  readonly peers: readonly string[]
  /** Absent where nothing tells which device said it, as in a join response. */
  readonly from?: HeardDevice | null
}

export interface ReadLink extends AnnouncedLink {
  /** `ip:port`, only such as the rules allow. */
  readonly hints: readonly string[]
}

/** The primary link first. One that cannot be used has a `problem`. */
export function readLinks(announcement: Announcement, communityId: CommunityId, rules: LinkRules): ReadLink[] {
  const { clock, link, otherLink, peers, from = null } = announcement
  const hints = allowedPeers(peers, rules.peerScopes)
  const links = otherLink === null || otherLink === '' ? [link] : [link, otherLink]
  return links.map((text) => ({ communityId, clock, from, ...readLink(text, communityId, rules, hints) }))
}

function readLink(
  text: string,
  communityId: CommunityId,
  rules: LinkRules,
  hints: readonly string[],
): Pick<ReadLink, 'engine' | 'link' | 'problem' | 'hints'> {
  const refused = { engine: null, link: '' as ArchiveLink, hints: [] }
  if (text === '') return { ...refused, problem: 'empty-link' }
  const engine = classifyLink(text)
  if (engine === null) return { ...refused, problem: 'unknown-link' }
  if (engine === 'codex') return { engine, link: text as ArchiveLink, hints, problem: null }
  try {
    const { infoHash, name, trackers, peers } = rebuildMagnet(text, communityId, rules)
    // Without addresses a link said again from elsewhere is the same link.
    const all = [...new Set([...peers, ...hints])].slice(0, MAX_PEER_HINTS)
    return { engine, link: magnetLink({ infoHash, name, trackers }), hints: all, problem: null }
  } catch (error) {
    if (error instanceof WireError) return { ...refused, problem: 'unsafe-link' }
    throw error
  }
}

/** What makes two texts the same link: the info-hash of a magnet link, a CID as it is. */
export function linkIdentity(engine: EngineKind, link: ArchiveLink): string {
  return engine === 'torrent' ? parseMagnet(link).infoHash : link
}
