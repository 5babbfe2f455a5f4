/** Who felt what about a message. The six classic ones are drawn, so that they look the same on every system. */
import { Angry, Frown, Heart, Laugh, type LucideIcon, ThumbsDown, ThumbsUp } from 'lucide-react'
import type { Reaction } from '../../../shared/domain.ts'
import { count } from '../../lib/format.ts'

const classic: Readonly<Record<string, { readonly icon: LucideIcon; readonly name: string }>> = {
  '❤': { icon: Heart, name: 'heart' },
  '👍': { icon: ThumbsUp, name: 'thumbs up' },
  '👎': { icon: ThumbsDown, name: 'thumbs down' },
  '😂': { icon: Laugh, name: 'laughing' },
  '😢': { icon: Frown, name: 'sad' },
  '😡': { icon: Angry, name: 'angry' },
}

export function Reactions({ reactions }: { readonly reactions: readonly Reaction[] }) {
  return (
    <ul aria-label="Reactions" className="mt-1 flex flex-wrap gap-1">
      {reactions.map(({ emoji, authors }) => {
        // The same heart is written with and without a selector for its colour.
        const known = classic[emoji.replaceAll('\u{fe0f}', '')]
        return (
          <li
            key={emoji}
            className="inline-flex h-[22px] items-center gap-1 rounded-full border border-line bg-raised px-2 text-meta tabular-nums"
          >
            {known ? <known.icon size={14} aria-label={known.name} /> : <span>{emoji}</span>}
            {count(authors.length)}
          </li>
        )
      })}
    </ul>
  )
}
