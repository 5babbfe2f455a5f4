/** A surface with a heading and room for what belongs together. */
import { type ReactNode, useId } from 'react'

interface CardProps {
  readonly title?: string
  /** Beside the title: a tag, a count. */
  readonly beside?: ReactNode
  /** At the far end of the title's line: buttons. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Card({ title, beside, actions, children }: CardProps) {
  const id = useId()
  return (
    <section
      aria-labelledby={title ? id : undefined}
      className="min-w-0 rounded-card border border-line bg-raised px-4 pt-3 pb-4 shadow-1"
    >
      {title && (
        <header className="mb-1 flex min-h-8 flex-wrap items-center gap-2">
          <h2 id={id} className="text-message font-semibold">
            {title}
          </h2>
          {beside}
          {actions && <span className="ml-auto flex items-center gap-1">{actions}</span>}
        </header>
      )}
      {children}
    </section>
  )
}
