/** Links and metainfo, judged before anything in them is used (RULES.md R3.4). The formats themselves are in `wire`. */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import {
  checkMetainfo,
  infoDictionary,
  infoHash,
  magnetLink,
  metainfo,
  parseMagnet,
  rebuildMagnet,
} from '../../wire/index.ts'
import { EngineError } from '../engine.ts'
import { scopesOf } from './address.ts'
import type { TorrentLayout } from './piece-files.ts'
import type { TorrentSettings } from './settings.ts'

/** What is left of a link after R3.4. */
export interface ReadLink {
  /** 40 hex digits. */
  readonly infoHash: string
  /** Announce URLs, if the settings allow other people's. */
  readonly trackers: readonly string[]
  /** `ip:port`, within reach. */
  readonly peers: readonly string[]
}

/** @throws WireError BAD_MAGNET */
export function readLink(
  link: ArchiveLink,
  communityId: CommunityId,
  { reach, discovery }: Pick<TorrentSettings, 'reach' | 'discovery'>,
): ReadLink {
  return rebuildMagnet(link, communityId, { trackers: discovery.linkTrackers, peerScopes: scopesOf(reach) })
}

/** 40 hex digits: what makes two links the same. @throws WireError BAD_MAGNET */
export function infoHashOf(link: ArchiveLink): string {
  return parseMagnet(link).infoHash
}

/** Our own link. PROTOCOL.md §4.6; `peers` become `x.pe`. */
export function ownLink(
  hash: string,
  communityId: CommunityId,
  { trackers, peers }: { readonly trackers: readonly string[]; readonly peers: readonly string[] },
): ArchiveLink {
  return magnetLink({ infoHash: hash, name: communityId, trackers, peers })
}

/** @throws WireError BAD_METAINFO where this is not a torrent of this community's archives. */
export function readLayout(bytes: Uint8Array, communityId: CommunityId): TorrentLayout {
  const info = checkMetainfo(bytes, communityId)
  // The check allows nothing but what `infoDictionary` writes, so that the same bytes come out.
  return { ...info, infoHash: infoHash(infoDictionary(info)) }
}

/** A torrent's metainfo without anything around it: what is kept in each publication's folder. */
export function infoMetainfo(communityId: CommunityId, layout: Omit<TorrentLayout, 'infoHash'>): Uint8Array {
  return metainfo({ info: infoDictionary({ name: communityId, ...layout }) })
}

/** The .torrent file of our newest publication, for other programs. */
export function torrentFile(
  { communityId, layout }: { readonly communityId: CommunityId; readonly layout: TorrentLayout },
  { trackers, createdBy }: { readonly trackers: readonly string[]; readonly createdBy: string },
): Uint8Array {
  const info = infoDictionary({ name: communityId, ...layout })
  return metainfo({ info, trackers, ...(createdBy === '' ? {} : { createdBy }) })
}

/** Community ids name folders, so nothing else may pass for one. @throws EngineError `unsupported` */
export function checkCommunity(communityId: CommunityId): void {
  if (!/^0x0[23][0-9a-f]{64}$/.test(communityId))
    throw new EngineError('unsupported', 'This is not the id of a community: 0x and 66 lower-case hex digits.')
}
