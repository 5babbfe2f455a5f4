/** By whom the Codex engine finds others: peers that one enters, the local network, and the DHT of Logos Storage. */
import { codexPeerPattern } from '../../../shared/codex-node.ts'
import type { Settings } from '../../../shared/contract.ts'
import { LinesForm } from '../../components/lines-form.tsx'
import { Note } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'

type Chosen = Pick<Settings, 'codexPeers' | 'codexNearby' | 'codexBootstrap'>

interface CodexPeersProps {
  readonly settings: Chosen & Pick<Settings, 'reach'>
  readonly isSaving: boolean
  readonly onSave: (change: Partial<Chosen>, onDone?: () => void) => void
}

/** The contract's limits. */
const mostPeers = 32
const mostBootstrap = 16

export function CodexPeers({ settings, isSaving, onSave }: CodexPeersProps) {
  const { codexPeers, codexNearby, codexBootstrap, reach } = settings
  return (
    <>
      <LinesForm
        label="Codex peers"
        help="Nodes that are asked for everything, one a line, besides those that announcements name. They see your network address and what you look for."
        placeholder="/ip4/192.0.2.1/tcp/8070/p2p/16Uiu2…"
        save="Save peers"
        lines={codexPeers}
        most={mostPeers}
        onSave={(next, onDone) => onSave({ codexPeers: next }, onDone)}
        {...{ problemOf, isSaving }}
      />
      <Switch
        label="Look for Codex peers in the local network"
        help="By mDNS, which tells everybody in that network that this node is here."
        checked={codexNearby}
        onChange={(on) => onSave({ codexNearby: on })}
      />
      <LinesForm
        label="Nodes by which the DHT is entered"
        help="Nodes of Logos Storage, one a line. Empty: the DHT is not used."
        placeholder="spr:CiUIAhIh…"
        save="Save DHT nodes"
        lines={codexBootstrap}
        most={mostBootstrap}
        onSave={(next, onDone) => onSave({ codexBootstrap: next }, onDone)}
        {...{ problemOf, isSaving }}
      />
      {codexBootstrap.length > 0 && (
        <Note tone="warn" title="The DHT shows strangers what you read">
          <p>
            Its nodes, which anybody may run, see your network address beside the archives you look for and those you
            have.
          </p>
        </Note>
      )}
      {reach === 'machine' && (codexPeers.length > 0 || codexNearby || codexBootstrap.length > 0) && (
        <Note tone="info" title="Only programs on this computer are reached now">
          <p>Under Network below, “Who can reach this node” also says whom this node may call.</p>
        </Note>
      )}
    </>
  )
}

const problemOf = (line: string): string | null =>
  codexPeerPattern.test(line)
    ? null
    : `“${line.slice(0, 40)}” is not the address of a Codex peer, as /ip4/192.0.2.1/tcp/8070/p2p/16Uiu2… or spr:…`
