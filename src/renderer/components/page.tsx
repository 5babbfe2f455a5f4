/** A page of the app: the bar with its name, and the part that scrolls. */
import type { ReactNode } from 'react'
import { useTitle } from '../lib/hooks.ts'

interface BarProps {
  readonly title: ReactNode
  /** The same in plain text, for the window. */
  readonly name: string
  readonly beside?: ReactNode
  readonly actions?: ReactNode
}

/** On narrow screens the menu button lies left of it, put there by the layout. */
export function Bar({ title, name, beside, actions }: BarProps) {
  useTitle(name)
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line pr-4 pl-14 wide:pl-6">
      <h1 className="flex min-w-0 items-center gap-1.5 truncate text-bar font-semibold">{title}</h1>
      {beside && <div className="min-w-0 truncate">{beside}</div>}
      {actions && <div className="ml-auto flex shrink-0 items-center gap-1">{actions}</div>}
    </header>
  )
}

export function Content({ children }: { readonly children: ReactNode }) {
  return (
    <div className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
      <div className="mx-auto grid max-w-[1120px] gap-3 px-4 pt-4 pb-6 wide:px-6">{children}</div>
    </div>
  )
}
