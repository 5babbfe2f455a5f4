/** An import's state in a word and a shape, and what of it is told everywhere. */
import { CircleCheck, CircleX, Loader, type LucideIcon, Pause, TriangleAlert } from 'lucide-react'
import type { Import } from '../../../shared/contract.ts'
import type { Tone } from '../../components/tag.tsx'

export const importWords: Readonly<
  Record<Import['state'], { readonly word: string; readonly icon: LucideIcon; readonly tone: Tone }>
> = {
  running: { word: 'Importing', icon: Loader, tone: 'info' },
  done: { word: 'Imported', icon: CircleCheck, tone: 'ok' },
  incomplete: { word: 'Imported in part', icon: TriangleAlert, tone: 'warn' },
  cancelled: { word: 'Cancelled', icon: Pause, tone: 'neutral' },
  failed: { word: 'Failed', icon: CircleX, tone: 'bad' },
}

/** The last part of a path of either kind. */
export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) || path
