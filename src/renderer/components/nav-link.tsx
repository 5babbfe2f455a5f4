/** A place one can go to, in a list of places. */
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { count } from '../lib/format.ts'

interface NavLinkProps {
  readonly icon: LucideIcon
  readonly href: string
  readonly isCurrent: boolean
  /** A fact at the far end, small. */
  readonly note?: ReactNode
  /** What is new there. */
  readonly fresh?: number
  readonly children: string
}

export function NavLink({ icon: Icon, href, isCurrent, note, fresh = 0, children }: NavLinkProps) {
  return (
    <a
      href={href}
      aria-current={isCurrent ? 'page' : undefined}
      className="flex h-[30px] shrink-0 items-center gap-2 rounded-control px-2 text-ink-2 hover:bg-hover hover:text-ink focus-visible:rounded-control focus-visible:outline-offset-0 aria-[current]:bg-accent-soft aria-[current]:font-semibold aria-[current]:text-accent-strong"
    >
      <Icon size={16} aria-hidden className="shrink-0" />
      <span className={`truncate ${fresh > 0 ? 'font-semibold text-ink' : ''}`}>{children}</span>
      {fresh > 0 && (
        <span className="ml-auto shrink-0 rounded-full bg-accent px-1.5 text-label leading-[18px] font-semibold text-on-accent tabular-nums">
          {count(fresh)}
          <span className="sr-only"> new</span>
        </span>
      )}
      {note && <span className="ml-auto shrink-0 text-label font-normal text-ink-3 tabular-nums">{note}</span>}
    </a>
  )
}
