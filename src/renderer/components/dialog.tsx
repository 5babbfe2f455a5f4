/**
 * Dialogs and sheets. Radix keeps the focus and the labels; the dimmed layer is our own, because Radix's locks scrolling
 * with an inline style sheet, which the content security policy forbids. The page behind does not scroll anyway.
 */
import { X } from 'lucide-react'
import { AlertDialog, Dialog as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button, IconButton } from './button.tsx'

const layer = 'fixed inset-0 z-40 grid place-items-center overflow-auto bg-[#0b0f11]/55 p-4'
const panel = 'w-full rounded-card border border-line bg-raised p-5 shadow-2'
const widths = { normal: 'max-w-[480px]', wide: 'max-w-[960px]' } as const

/** The panel itself: focus on its first button would show that button's tip, which then takes the first Escape. */
function focusPanel(event: Event): void {
  event.preventDefault()
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
}

/** The first field, where there is one. */
function focusInside(event: Event): void {
  const field =
    event.currentTarget instanceof HTMLElement && event.currentTarget.querySelector('input, select, textarea')
  if (field instanceof HTMLElement) {
    event.preventDefault()
    field.focus()
  } else focusPanel(event)
}

interface DialogProps {
  readonly title: string
  readonly description: string
  readonly open: boolean
  readonly onClose: () => void
  readonly size?: keyof typeof widths
  readonly children: ReactNode
}

export function Dialog({ title, description, open, onClose, size = 'normal', children }: DialogProps) {
  return (
    <Primitive.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Primitive.Portal>
        <div className={layer}>
          <Primitive.Content
            aria-modal
            onOpenAutoFocus={focusInside}
            className={`${panel} ${widths[size]} outline-none`}
          >
            <header className="mb-3 flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <Primitive.Title className="text-bar font-semibold">{title}</Primitive.Title>
                <Primitive.Description className="text-ink-2">{description}</Primitive.Description>
              </div>
              <IconButton icon={X} label="Close" onClick={onClose} />
            </header>
            {children}
          </Primitive.Content>
        </div>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly description: string
  /** Names the act: "Leave Logbook". */
  readonly act: string
  readonly open: boolean
  readonly busy?: boolean
  /** False while something is still to be typed. */
  readonly ready?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  /** What went wrong, if something did. */
  readonly children?: ReactNode
}

export function Confirm({
  title,
  description,
  act,
  open,
  busy = false,
  ready = true,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <AlertDialog.Portal>
        <div className={layer}>
          <AlertDialog.Content aria-modal className={`${panel} ${widths.normal}`}>
            <AlertDialog.Title className="text-bar font-semibold">{title}</AlertDialog.Title>
            <AlertDialog.Description className="mt-1 text-ink-2">{description}</AlertDialog.Description>
            {children && <div className="mt-3">{children}</div>}
            <div className="mt-5 flex justify-end gap-2">
              <AlertDialog.Cancel asChild>
                <Button>Cancel</Button>
              </AlertDialog.Cancel>
              <Button look="danger" busy={busy} disabled={!ready} onClick={onConfirm}>
                {act}
              </Button>
            </div>
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

interface SheetProps {
  readonly title: string
  readonly open: boolean
  readonly onClose: () => void
  /** Where it comes from. */
  readonly side?: 'left' | 'right'
  readonly children: ReactNode
}

/** A part of the layout that has no room of its own on a narrow screen. */
export function Sheet({ title, open, onClose, side = 'left', children }: SheetProps) {
  return (
    <Primitive.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Primitive.Portal>
        <div className="fixed inset-0 z-30 bg-[#0b0f11]/55">
          <Primitive.Content
            aria-modal
            aria-describedby={undefined}
            onOpenAutoFocus={focusPanel}
            className={`flex h-full w-fit max-w-[88vw] shadow-2 outline-none ${side === 'right' ? 'ml-auto' : ''}`}
          >
            <Primitive.Title className="sr-only">{title}</Primitive.Title>
            {children}
          </Primitive.Content>
        </div>
      </Primitive.Portal>
    </Primitive.Root>
  )
}
