/** What stands beside the messages: a column where there is room, a sheet where there is not. */
import { Users } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { create } from 'zustand'
import { IconButton } from '../../components/button.tsx'
import { Sheet } from '../../components/dialog.tsx'
import { useMedia } from '../../lib/hooks.ts'

/** Whether the column is wanted: in every channel the same. */
const useColumn = create<{ readonly isWanted: boolean; toggle(): void }>((set) => ({
  isWanted: true,
  toggle: () => set(({ isWanted }) => ({ isWanted: !isWanted })),
}))

export function useBeside(children: ReactNode): { readonly button: ReactNode; readonly column: ReactNode } {
  const hasRoom = useMedia('(min-width: 68.75rem)')
  const { isWanted, toggle } = useColumn()
  const [isOpen, setIsOpen] = useState(false)
  const button = useMemo(
    () =>
      hasRoom ? (
        <IconButton
          icon={Users}
          label={isWanted ? 'Hide members' : 'Show members'}
          aria-pressed={isWanted}
          className="aria-pressed:bg-accent-soft aria-pressed:text-accent-strong"
          onClick={toggle}
        />
      ) : (
        <IconButton icon={Users} label="Show members" onClick={() => setIsOpen(true)} />
      ),
    [hasRoom, isWanted, toggle],
  )
  return {
    button,
    column: hasRoom ? (
      isWanted && children
    ) : (
      <Sheet title="Members" side="right" open={isOpen} onClose={() => setIsOpen(false)}>
        {children}
      </Sheet>
    ),
  }
}
