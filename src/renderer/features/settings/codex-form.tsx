/** Which Codex engine is used: the one inside Chronicle, or a node that the person runs, and how that one is. */
import { type FormEvent, useState } from 'react'
import { readCodexNode } from '../../../shared/codex-node.ts'
import type { EngineState, Settings } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import { Segments } from '../../components/segments.tsx'
import { Switch } from '../../components/switch.tsx'
import { useRequest } from '../../lib/client.tsx'
import { bytes } from '../../lib/format.ts'
import { CodexPeers } from './codex-peers.tsx'

type Chosen = Pick<Settings, 'codexEngine' | 'codexNode' | 'codexNodeElsewhere'>
type Peers = Pick<Settings, 'codexPeers' | 'codexNearby' | 'codexBootstrap' | 'reach'>

interface CodexFormProps {
  readonly settings: Chosen & Peers
  readonly isSaving: boolean
  readonly onSave: (change: Partial<Chosen & Peers>, onDone?: () => void) => void
}

const help: Readonly<Record<Settings['codexEngine'], string>> = {
  embedded: 'Chronicle speaks to other nodes itself. Nothing else has to be installed.',
  external: 'A Codex (Logos Storage) node that you run fetches and shares for Chronicle.',
}

export function CodexForm({ settings, isSaving, onSave }: CodexFormProps) {
  const { codexEngine } = settings
  return (
    <section className="mt-4 grid gap-3" aria-label="Codex">
      <div className="grid justify-items-start gap-1">
        <p className="font-medium" aria-hidden>
          Codex through
        </p>
        <Segments
          label="Codex through"
          value={codexEngine}
          options={[
            { value: 'embedded', text: 'Chronicle itself' },
            { value: 'external', text: 'My own node' },
          ]}
          onChange={(value) => onSave({ codexEngine: value })}
        />
        <p className="text-meta text-ink-2">{help[codexEngine]} What you have stays when you change this.</p>
      </div>
      {codexEngine === 'embedded' && <CodexPeers {...{ settings, isSaving, onSave }} />}
      {codexEngine === 'external' && (
        <>
          <NodeForm key={settings.codexNode} {...{ settings, isSaving, onSave }} />
          <NodeState />
        </>
      )}
    </section>
  )
}

function NodeForm({ settings, isSaving, onSave }: CodexFormProps) {
  const [text, setText] = useState(settings.codexNode)
  const [allowed, setAllowed] = useState(settings.codexNodeElsewhere)
  const address = readCodexNode(text.trim())
  const isElsewhere = address !== null && !address.onThisMachine
  const isSame = text.trim() === settings.codexNode && allowed === settings.codexNodeElsewhere
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSave({ codexNode: text.trim(), codexNodeElsewhere: isElsewhere && allowed })
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field
        label="Address of the node"
        help="Of its REST interface, as it was told with --api-port."
        error={address === null ? 'An address is http://, a host and a port, and nothing more.' : null}
        value={text}
        placeholder="http://127.0.0.1:8080"
        className="font-mono text-[11.5px]"
        onChange={({ target }) => setText(target.value)}
      />
      {isElsewhere && (
        <>
          <Note tone="warn" title="This node is on another computer">
            <p>
              Such a node has no password: whoever reaches its address can read, add and delete everything in it. What
              Chronicle sends can be read on the way. Use it only inside a network that you trust.
            </p>
          </Note>
          <Switch label="Use it all the same" checked={allowed} onChange={setAllowed} />
        </>
      )}
      <div className="flex justify-end">
        <Button
          type="submit"
          look="primary"
          busy={isSaving}
          disabled={address === null || isSame || (isElsewhere && !allowed)}
        >
          Save node
        </Button>
      </div>
    </form>
  )
}

function NodeState() {
  const { data } = useRequest('engines.list')
  const codex = data?.find(({ engine }) => engine === 'codex')
  if (codex === undefined) return null
  if (codex.trouble !== '')
    return (
      <Note tone="warn" title="The node does not do its work now">
        <p className="break-words">{codex.trouble}</p>
      </Note>
    )
  return codex.node === null ? null : <Facts node={codex.node} />
}

function Facts({ node }: { readonly node: NonNullable<EngineState['node']> }) {
  const lines = [
    ['Version', node.version || 'it does not say'],
    ['Space', `${bytes(node.used)} of ${bytes(node.quota)} taken`],
    ['Peer', node.peerId],
    ['Record', node.spr],
  ].filter(([, value]) => value !== '')
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1" aria-label="The node">
      {lines.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-2">{name}</dt>
          <dd className="select-all break-all tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
