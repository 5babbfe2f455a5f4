/** Which network Chronicle uses, in plain words: who is reached, and what they come to know. */
import { useQueryClient } from '@tanstack/react-query'
import { Building2, Globe, type LucideIcon, Monitor, Server } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { useState } from 'react'
import type { RequestInput, Settings } from '../../../shared/contract.ts'
import { NodesForm } from '../../components/nodes-form.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { queryKey, useAction, useRequest } from '../../lib/client.tsx'

type Kind = 'machine' | 'lan' | 'own' | 'status'

const kinds: readonly {
  readonly kind: Kind
  readonly icon: LucideIcon
  readonly name: string
  readonly text: string
}[] = [
  {
    ...{ kind: 'machine', icon: Monitor, name: 'This computer only' },
    text: 'For trying things out. Nothing leaves this computer, and nothing comes to it.',
  },
  {
    ...{ kind: 'lan', icon: Building2, name: 'The local network' },
    text: 'Computers in the same building reach this one. They see its address in your network; it works without the internet. Name one of them that carries messages.',
  },
  {
    ...{ kind: 'own', icon: Server, name: 'Nodes you name' },
    text: 'Your own or your community’s service nodes carry your messages. They see your network address and how much you send, not what. Members reach this computer to fetch archives.',
  },
  {
    ...{ kind: 'status', icon: Globe, name: 'The Status network' },
    text: 'For communities made in Status. Its service nodes see your network address, and members who fetch archives see it, too. Chronicle names no node by itself: paste the address of one that keeps messages.',
  },
]

/** What a choice means for the settings; nodes are named in a second step. */
const meaning: Readonly<Record<Kind, RequestInput<'settings.set'>>> = {
  machine: { reach: 'machine', nodes: [] },
  lan: { reach: 'lan' },
  own: { reach: 'internet' },
  status: { reach: 'internet' },
}

const kindOf = ({ reach, nodes }: Settings): Kind =>
  reach === 'lan' ? 'lan' : nodes.length > 0 || reach === 'internet' ? 'own' : 'machine'

export function ChooseNetwork() {
  const queries = useQueryClient()
  const settings = useRequest('settings.get')
  const [chosen, setChosen] = useState<Kind | null>(null)
  const save = useAction('settings.set', (saved) => queries.setQueryData(queryKey('settings.get'), saved))
  if (settings.isPending) return <Lines rows={4} label="Reading the settings" />
  if (settings.isError)
    return <Failure error={settings.error} what="The settings could not be read" onRetry={settings.refetch} />
  const kind = chosen ?? kindOf(settings.data)
  const choose = (text: string): void => {
    const one = kinds.find((entry) => entry.kind === text)
    if (!one) return
    setChosen(one.kind)
    save.mutate(meaning[one.kind])
  }
  return (
    <section
      aria-labelledby="which-network"
      className="grid w-full max-w-[640px] gap-3 rounded-card border border-line bg-raised px-4 py-3 shadow-1"
    >
      <div>
        <h2 id="which-network" className="text-message font-semibold">
          Which network should Chronicle use?
        </h2>
        <p className="text-ink-2">You can change it at any time in the settings; your history stays.</p>
      </div>
      {save.isError && <Failure error={save.error} what="The network was not chosen" />}
      <RadioGroup.Root
        aria-labelledby="which-network"
        value={kind}
        onValueChange={choose}
        className="grid gap-2 sm:grid-cols-2"
      >
        {kinds.map(({ kind: value, icon: Icon, name, text }) => (
          <RadioGroup.Item
            key={value}
            value={value}
            aria-label={name}
            aria-describedby={`network-${value}`}
            className="grid content-start gap-1 rounded-control border border-edge px-3 py-2 text-left hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft"
          >
            <span className="flex items-center gap-2 font-semibold">
              <Icon size={16} aria-hidden />
              {name}
              <RadioGroup.Indicator className="ml-auto text-label text-accent-strong">Chosen</RadioGroup.Indicator>
            </span>
            <span id={`network-${value}`} className="text-meta text-ink-2">
              {text}
            </span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {kind !== 'machine' && (
        <NodesForm
          nodes={settings.data.nodes}
          isSaving={save.isPending}
          onSave={(nodes, onDone) => save.mutate({ nodes }, { onSuccess: onDone })}
        />
      )}
    </section>
  )
}
