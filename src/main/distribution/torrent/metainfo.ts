/** Links and metainfo, judged before anything in them is used (RULES.md R3.4). The formats themselves are in `wire`. */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import { checkMetainfo, infoHash, magnetLink, metainfo, paddedSize, parseMagnet } from '../../wire/index.ts'
import { EngineError } from '../engine.ts'
import type { TorrentLayout } from './piece-files.ts'
import type { TorrentSettings } from './settings.ts'

/** What is left of a link after R3.4. */
export interface ReadLink {
  readonly infoHash: string
  /** Announce URLs, if the settings allow other people's. */
  readonly trackers: readonly string[]
  /** `ip:port`; within reach or not is decided where they are dialled. */
  readonly peers: readonly string[]
}
