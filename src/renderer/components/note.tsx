/** What happened, what it means, what to do. A failure is announced once; it never replaces what still works. */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { inWords } from '../lib/client.tsx'
import { Button } from './button.tsx'

const tones = {
  bad: { icon: CircleAlert, look: 'bg-bad-soft border-bad/45', ink: 'text-bad' },
  warn: { icon: TriangleAlert, look: 'bg-warn-soft border-warn/45', ink: 'text-warn' },
  info: { icon: Info, look: 'bg-info-soft border-info/40', ink: 'text-info' },
} as const

interface NoteProps {
  readonly tone: keyof typeof tones
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

export function Note({ tone, title, children, actions }: NoteProps) {
  const { icon: Icon, look, ink } = tones[tone]
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={`flex flex-wrap items-start gap-x-3 gap-y-2 rounded-card border px-4 py-3 ${look}`}
    >
      <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${ink}`} />
      <div className="min-w-48 flex-1">
        <p className="font-semibold">{title}</p>
        {children && <div className="text-ink-2">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}

interface FailureProps {
  readonly error: unknown
  /** What could not be done: "The channels could not be read". */
  readonly what?: string
  readonly onRetry?: () => void
}

/** A failed request. */
export function Failure({ error, what, onRetry }: FailureProps) {
  const { message, action } = inWords(error)
  return (
    <Note
      tone="bad"
      title={what ?? message}
      actions={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      <p>{[what ? message : '', action].filter(Boolean).join(' ')}</p>
    </Note>
  )
}
