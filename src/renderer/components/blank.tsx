/** Nothing here yet: what will be, and the one step that fills it. */
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface BlankProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

export function Blank({ icon: Icon, title, children, actions }: BlankProps) {
  return (
    <div className="mx-auto grid max-w-[520px] justify-items-center gap-2 px-6 py-8 text-center">
      <span className="grid size-12 place-items-center rounded-[14px] bg-accent-soft text-accent">
        <Icon size={20} strokeWidth={1.75} aria-hidden />
      </span>
      <h2 className="text-message font-semibold">{title}</h2>
      {children && <div className="text-ink-2">{children}</div>}
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}
