/** Several addresses, one a line, saved together. */
import { type FormEvent, useState } from 'react'
import { Button } from './button.tsx'
import { Area } from './field.tsx'

interface LinesFormProps {
  readonly label: string
  readonly help: string
  readonly placeholder: string
  /** On the button that saves. */
  readonly save: string
  readonly lines: readonly string[]
  /** The contract's limit. */
  readonly most: number
  /** What is wrong with a line, in a sentence; null where nothing is. */
  readonly problemOf: (line: string) => string | null
  readonly isSaving: boolean
  readonly onSave: (lines: string[], onDone: () => void) => void
}

export function LinesForm({
  label,
  help,
  placeholder,
  save,
  lines,
  most,
  problemOf,
  isSaving,
  onSave,
}: LinesFormProps) {
  const saved = lines.join('\n')
  const [text, setText] = useState<string | null>(null)
  const written = [...new Set((text ?? saved).split('\n').map((line) => line.trim()))].filter(Boolean)
  const problem = written.map(problemOf).find((each) => each !== null) ?? null
  const error = written.length > most ? `At most ${most}.` : problem
  const isChanged = written.join('\n') !== saved

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!error && isChanged) onSave(written, () => setText(null))
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Area
        label={label}
        help={help}
        error={error}
        rows={3}
        value={text ?? saved}
        placeholder={placeholder}
        className="font-mono text-[11.5px]"
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex justify-end gap-2">
        {isChanged && (
          <Button look="ghost" onClick={() => setText(null)}>
            Undo
          </Button>
        )}
        <Button type="submit" look="primary" busy={isSaving} disabled={!isChanged || error !== null}>
          {save}
        </Button>
      </div>
    </form>
  )
}
