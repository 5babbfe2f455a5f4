/** A state in a word, with its shape: icon and word, always both, so that no state rests on colour alone. */
import type { LucideIcon } from 'lucide-react'

export type Tone = 'neutral' | 'ok' | 'warn' | 'bad' | 'info' | 'accent'

const tones: Readonly<Record<Tone, string>> = {
  neutral: 'bg-hover text-ink-2',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  accent: 'bg-accent-soft text-accent-strong',
}

interface TagProps {
  readonly icon: LucideIcon
  readonly tone?: Tone
  readonly children: string
}

export function Tag({ icon: Icon, tone = 'neutral', children }: TagProps) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-[4px] px-1.5 text-label leading-[18px] font-medium whitespace-nowrap ${tones[tone]}`}
    >
      <Icon size={12} aria-hidden />
      {children}
    </span>
  )
}
