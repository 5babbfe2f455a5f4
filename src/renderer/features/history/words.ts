/** The words, shapes and tones of the states of weeks and archives: these, and nowhere others. */
import {
  Archive as ArchiveIcon,
  CircleCheck,
  CircleDashed,
  CircleX,
  Download,
  HardDrive,
  Lock,
  type LucideIcon,
  ShieldCheck,
  Upload,
} from 'lucide-react'
import type { MissingReason } from '../../../shared/coverage.ts'
import type { ArchiveState } from '../../../shared/domain.ts'
import type { Tone } from '../../components/tag.tsx'
import type { WeekState } from './coverage.ts'

export const weekWords: Readonly<Record<WeekState, { readonly word: string; readonly means: string }>> = {
  imported: { word: 'Imported', means: 'Here, checked and searchable.' },
  published: { word: 'Published', means: 'Here, packed and shared with members.' },
  downloading: { word: 'Downloading', means: 'Its pieces are arriving.' },
  'waiting-for-key': { word: 'Waiting for key', means: 'Here, but sealed: it opens when its key comes.' },
  archived: { word: 'Archived', means: 'Announced, but not on this computer yet.' },
  live: { word: 'Live only', means: 'Here from the network, in no archive yet: it could still be lost.' },
  quarantined: { word: 'Quarantined', means: 'Arrived and failed a check. Nothing of it was used.' },
  missing: {
    word: 'Missing',
    means: 'Nobody recorded it: this node was off for longer than store nodes keep messages.',
  },
  quiet: { word: 'Quiet', means: 'No archive: nothing was said, or nobody recorded it.' },
}

/** Why a week that others have is not here. */
export const missingWords: Readonly<Partial<Record<MissingReason, string>>> = {
  'not-fetched': 'It is wanted, and comes when a peer that has it is found.',
  'not-wanted': 'It is not among what you chose to download.',
  'disk-limit': 'It has no room: archives have taken the space that they are allowed.',
}

/** In the order of the legend. */
export const weekStates: readonly WeekState[] = [
  'imported',
  'published',
  'downloading',
  'archived',
  'waiting-for-key',
  'live',
  'quarantined',
  'missing',
  'quiet',
]

export const archiveWords: Readonly<
  Record<ArchiveState, { readonly word: string; readonly icon: LucideIcon; readonly tone: Tone }>
> = {
  building: { word: 'Archiving…', icon: ArchiveIcon, tone: 'info' },
  staged: { word: 'Archiving…', icon: ArchiveIcon, tone: 'info' },
  published: { word: 'Published', icon: Upload, tone: 'ok' },
  wanted: { word: 'Archived', icon: CircleDashed, tone: 'neutral' },
  downloading: { word: 'Downloading', icon: Download, tone: 'info' },
  downloaded: { word: 'Checking', icon: ShieldCheck, tone: 'info' },
  importing: { word: 'Importing', icon: HardDrive, tone: 'info' },
  imported: { word: 'Imported', icon: CircleCheck, tone: 'ok' },
  'waiting-for-key': { word: 'Waiting for key', icon: Lock, tone: 'neutral' },
  quarantined: { word: 'Quarantined', icon: CircleX, tone: 'bad' },
}

export const engineWords = { torrent: 'Torrent', codex: 'Codex' } as const
