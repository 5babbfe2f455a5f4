/** Other people's Waku nodes to speak through: one address a line, saved together. */
import { type FormEvent, useState } from 'react'
import { Button } from './button.tsx'
import { Area } from './field.tsx'

interface NodesFormProps {
  readonly nodes: readonly string[]
  readonly isSaving: boolean
  readonly onSave: (nodes: string[], onDone: () => void) => void
}

/** The contract's limits. */
const most = 32
const longest = 512

export function NodesForm({ nodes, isSaving, onSave }: NodesFormProps) {
  const saved = nodes.join('\n')
  const [text, setText] = useState<string | null>(null)
  const lines = [...new Set((text ?? saved).split('\n').map((line) => line.trim()))].filter(Boolean)
  const error = problem(lines)
  const isChanged = lines.join('\n') !== saved

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!error && isChanged) onSave(lines, () => setText(null))
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Area
        label="Service nodes"
        help="Multiaddresses of Waku nodes, one a line. They see your network address and how much you send, not what. Empty: this computer only."
        error={error}
        rows={3}
        value={text ?? saved}
        placeholder="/dns4/node.example.org/tcp/443/wss/p2p/16Uiu2…"
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
          Save nodes
        </Button>
      </div>
    </form>
  )
}

function problem(lines: readonly string[]): string | null {
  if (lines.length > most) return `At most ${most} nodes.`
  const wrong = lines.find((line) => !line.startsWith('/') || line.length > longest)
  return wrong === undefined
    ? null
    : `“${wrong.slice(0, 40)}” is not a multiaddress: those begin with /dns4, /ip4 or the like.`
}
