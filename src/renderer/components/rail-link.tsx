/** A place of the app's own, on the rail. */
import type { LucideIcon } from 'lucide-react'
import { Tip } from './tip.tsx'

interface RailLinkProps {
  readonly icon: LucideIcon
  readonly label: string
  readonly href: string
  readonly isCurrent: boolean
  /** Shown when above zero; the label says it too. */
  readonly count?: number
}

export function RailLink({ icon: Icon, label, href, isCurrent, count = 0 }: RailLinkProps) {
  return (
    <Tip text={label} side="right">
      <a
        href={href}
        aria-label={label}
        aria-current={isCurrent ? 'page' : undefined}
        className="relative grid size-10 place-items-center rounded-card text-ink-2 hover:bg-hover hover:text-ink focus-visible:rounded-card aria-[current]:bg-page aria-[current]:text-accent aria-[current]:shadow-1"
      >
        <Icon size={20} strokeWidth={1.75} aria-hidden />
        {count > 0 && (
          <span
            aria-hidden
            className="absolute top-0 right-0 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-on-accent ring-2 ring-chrome"
          >
            {count}
          </span>
        )}
      </a>
    </Tip>
  )
}
