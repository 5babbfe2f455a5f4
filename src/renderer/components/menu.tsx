/** A list of acts under a button. */
import type { LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactElement } from 'react'

export interface MenuItem {
  readonly icon: LucideIcon
  readonly text: string
  readonly danger?: boolean
  readonly onSelect: () => void
}

interface MenuProps {
  readonly label: string
  readonly items: readonly MenuItem[]
  /** The button. */
  readonly children: ReactElement
  readonly side?: 'bottom' | 'right'
}

export function Menu({ label, items, children, side = 'bottom' }: MenuProps) {
  return (
    // Not modal: a modal one would lock scrolling with an inline style sheet, which the security policy forbids.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          side={side}
          align={side === 'right' ? 'end' : 'start'}
          sideOffset={6}
          collisionPadding={8}
          className="z-40 min-w-48 rounded-card border border-line bg-raised p-1 shadow-2"
        >
          {items.map(({ icon: Icon, text, danger, onSelect }) => (
            <DropdownMenu.Item
              key={text}
              onSelect={onSelect}
              className={`flex h-8 items-center gap-2 rounded-control px-2 outline-none data-highlighted:bg-hover ${danger ? 'text-bad' : 'text-ink'}`}
            >
              <Icon size={16} aria-hidden />
              {text}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
