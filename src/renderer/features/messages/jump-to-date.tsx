/** A date that one types or chooses, and then reads from there on. */
import { CalendarDays } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type FormEvent, memo, useState } from 'react'
import type { Millis } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'

export const JumpToDate = memo(function JumpToDate({ onJump }: { readonly onJump: (from: Millis) => void }) {
  const [isOpen, setIsOpen] = useState(false)
  const [day, setDay] = useState('')
  const at = Date.parse(`${day}T00:00:00`)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!Number.isFinite(at) || at < 0) return
    onJump(at as Millis)
    setIsOpen(false)
  }
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <Button look="ghost" size="small" icon={CalendarDays} aria-label="Jump to date">
          <span className="hidden wide:inline">Jump to date</span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label="Jump to date"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-40 rounded-card border border-line bg-raised p-4 shadow-2"
        >
          <form onSubmit={submit} className="flex items-end gap-2">
            <Field label="Date" type="date" value={day} autoFocus onChange={({ target }) => setDay(target.value)} />
            <Button type="submit" look="primary" className="h-9" disabled={!Number.isFinite(at)}>
              Go
            </Button>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
})
