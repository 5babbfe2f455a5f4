/** What one may choose. Each choice takes effect at once and says what it does. */

import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { RequestInput, Settings } from '../../../shared/contract.ts'
import type { Millis } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { Choice } from '../../components/field.tsx'
import { NodesForm } from '../../components/nodes-form.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Segments } from '../../components/segments.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Switch } from '../../components/switch.tsx'
import { queryKey, useAction, useRequest } from '../../lib/client.tsx'
import { duration } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { useTheme } from '../../lib/theme.ts'
import { AddressForm } from './address-form.tsx'
import { CodexForm } from './codex-form.tsx'
import { DesktopSettings } from './desktop-settings.tsx'
import { Licences } from './licences.tsx'
import { LogCard } from './log-card.tsx'
import { OwnAddresses } from './own-addresses.tsx'
import { ProfileCard } from './profile-card.tsx'

export function SettingsPage() {
  const settings = useRequest('settings.get')
  return (
    <>
      <Bar title="Settings" name="Settings" />
      <Content>
        <div className="grid max-w-[720px] gap-3">
          {settings.isPending && (
            <Card>
              <Lines rows={4} label="Reading the settings" />
            </Card>
          )}
          {settings.isError && (
            <Failure error={settings.error} what="The settings could not be read" onRetry={settings.refetch} />
          )}
          {settings.data && <Body settings={settings.data} />}
          <DesktopSettings />
          <Appearance />
          <ProfileCard />
          <LogCard />
          <About />
        </div>
      </Content>
    </>
  )
}

const distributionHelp: Readonly<Record<Settings['distribution'], string>> = {
  torrent: 'Archives are shared and fetched by torrent.',
  codex: 'Archives are shared and fetched through Codex.',
  both: 'Archives are shared both ways, and members take whichever answers first. Uses the disk twice.',
}

const reachHelp: Readonly<Record<Settings['reach'], string>> = {
  machine: 'Only programs on this computer. Nothing is opened to any network.',
  lan: 'Computers in your own network can use this node and fetch archives from it.',
  internet: 'Anybody who knows the address can fetch archives from this node. Your router may have to let them in.',
}

const intervals = [10_000, 60_000, 600_000, 3_600_000, 86_400_000, 604_800_000]

function Body({ settings }: { readonly settings: Settings }) {
  const queries = useQueryClient()
  const save = useAction('settings.set')
  const set = (change: RequestInput<'settings.set'>, onSuccess?: () => void): void =>
    save.mutate(change, {
      onSuccess: (saved) => {
        queries.setQueryData(queryKey('settings.get'), saved)
        onSuccess?.()
      },
    })
  const { distribution, distributionFallback, archiveInterval, nodes, reach, publicAddress } = settings
  return (
    <>
      {save.isError && <Failure error={save.error} what="The setting was not saved" />}
      <Card title="How history is shared">
        <Row label="Distribution" help={distributionHelp[distribution]}>
          <Segments
            label="Distribution"
            value={distribution}
            options={[
              { value: 'torrent', text: 'Torrent' },
              { value: 'codex', text: 'Codex' },
              { value: 'both', text: 'Both' },
            ]}
            onChange={(value) => set({ distribution: value })}
          />
        </Row>
        {distribution !== 'both' && (
          <div className="mt-3">
            <Switch
              label="Use the other way for what fails"
              help="What cannot be fetched the way you chose comes the other way, if somebody has it there."
              checked={distributionFallback}
              onChange={(on) => set({ distributionFallback: on })}
            />
          </div>
        )}
        <div className="mt-4">
          <Choice
            label="One archive every"
            help="For communities you own. Members running Status Desktop expect 7 days; shorter ones are for trying things out."
            value={String(archiveInterval)}
            options={[...new Set([...intervals, archiveInterval])]
              .sort((a, b) => b - a)
              .map((interval) => ({ value: String(interval), text: duration(interval) }))}
            onChange={(value) => set({ archiveInterval: Number(value) as Millis })}
          />
        </div>
        <CodexForm settings={settings} isSaving={save.isPending} onSave={set} />
      </Card>
      <Card title="Network">
        <Row label="Who can reach this node" help={reachHelp[reach]}>
          <Segments
            label="Who can reach this node"
            value={reach}
            options={[
              { value: 'machine', text: 'This machine' },
              { value: 'lan', text: 'Local network' },
              { value: 'internet', text: 'Internet' },
            ]}
            onChange={(value) => set({ reach: value })}
          />
        </Row>
        {reach === 'internet' && (
          <AddressForm
            address={publicAddress}
            isSaving={save.isPending}
            onSave={(next) => set({ publicAddress: next })}
          />
        )}
        <OwnAddresses />
        <NodesForm nodes={nodes} isSaving={save.isPending} onSave={(next, onDone) => set({ nodes: next }, onDone)} />
      </Card>
    </>
  )
}

function Appearance() {
  const { theme, set } = useTheme()
  return (
    <Card title="Appearance">
      <Row label="Theme">
        <Segments
          label="Theme"
          value={theme}
          options={[
            { value: 'system', text: 'System' },
            { value: 'light', text: 'Light' },
            { value: 'dark', text: 'Dark' },
          ]}
          onChange={set}
        />
      </Row>
    </Card>
  )
}

function About() {
  const { data } = useRequest('app.info')
  return (
    <Card title="About">
      <p className="text-ink-2">
        Chronicle {data?.version ?? ''},{' '}
        {data?.mode === 'headless' ? 'served to this browser by the program on its own machine.' : 'the desktop app.'}{' '}
        It asks no other computer for anything until you add a node above.
      </p>
      <p className="mt-2 text-ink-2">
        Free software, under the MIT licence or the Apache licence 2.0, as you like. It is made of React, Radix, Lucide,
        TanStack, uPlot, Waku, libp2p, WebTorrent, SQLite and others, each under a licence of its own.
      </p>
      <p className="mt-2">
        <Licences />
      </p>
      <p className="mt-2">
        <a className="text-accent underline" href={toHash({ at: 'qa' })}>
          Open the QA bench
        </a>{' '}
        <span className="text-ink-2">to try a whole community out on this computer.</span>
      </p>
    </Card>
  )
}

function Row({
  label,
  help,
  children,
}: {
  readonly label: string
  readonly help?: string
  readonly children: ReactNode
}) {
  return (
    <div className="grid justify-items-start gap-1">
      <p className="font-medium" aria-hidden>
        {label}
      </p>
      {children}
      {help && <p className="text-meta text-ink-2">{help}</p>}
    </div>
  )
}
