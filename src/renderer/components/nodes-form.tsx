/** Other people's Waku nodes to speak through. */
import { LinesForm } from './lines-form.tsx'

interface NodesFormProps {
  readonly nodes: readonly string[]
  readonly isSaving: boolean
  readonly onSave: (nodes: string[], onDone: () => void) => void
}

/** The contract's limits. */
const most = 32
const longest = 512

export function NodesForm({ nodes, isSaving, onSave }: NodesFormProps) {
  return (
    <LinesForm
      label="Service nodes"
      help="Multiaddresses of Waku nodes, one a line. They see your network address and how much you send, not what. Empty: this computer only."
      placeholder="/dns4/node.example.org/tcp/443/wss/p2p/16Uiu2…"
      save="Save nodes"
      lines={nodes}
      {...{ most, problemOf, isSaving, onSave }}
    />
  )
}

const problemOf = (line: string): string | null =>
  line.startsWith('/') && line.length <= longest
    ? null
    : `“${line.slice(0, 40)}” is not a multiaddress: those begin with /dns4, /ip4 or the like.`
