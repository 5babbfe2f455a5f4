/** What the desktop does around the page: its tray, the session, notifications. There is nothing to choose in a browser. */
import { useQueryClient } from '@tanstack/react-query'
import type { DesktopSettings as Chosen, RequestInput } from '../../../shared/contract.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Segments } from '../../components/segments.tsx'
import { Switch } from '../../components/switch.tsx'
import { queryKey, useAction, useRequest } from '../../lib/client.tsx'

const closingHelp: Readonly<Record<Chosen['closeToTray'], string>> = {
  owners:
    'Chronicle goes on in the tray if a community here is yours: its members get their history from this computer.',
  always: 'Chronicle goes on in the tray: archives are fetched and shared further.',
  never: 'Chronicle ends. A community of yours is not archived until you start it again.',
}

export function DesktopSettings() {
  const queries = useQueryClient()
  const { data } = useRequest('desktop.settings')
  const save = useAction('desktop.configure', (saved) => queries.setQueryData(queryKey('desktop.settings'), saved))
  if (!data) return null
  const set = (change: RequestInput<'desktop.configure'>): void => save.mutate(change)
  return (
    <Card title="This computer">
      {save.isError && <Failure error={save.error} what="The setting was not saved" />}
      <div className="grid gap-4">
        <div className="grid justify-items-start gap-1">
          <p className="font-medium" aria-hidden>
            When the window is closed
          </p>
          <Segments
            label="When the window is closed"
            value={data.closeToTray}
            options={[
              { value: 'owners', text: 'Go on for my communities' },
              { value: 'always', text: 'Always go on' },
              { value: 'never', text: 'End' },
            ]}
            onChange={(closeToTray) => set({ closeToTray })}
          />
          <p className="text-meta text-ink-2">{closingHelp[data.closeToTray]}</p>
        </div>
        <Switch
          label="Start when I log in to this computer"
          checked={data.launchAtLogin}
          onChange={(launchAtLogin) => set({ launchAtLogin })}
        />
        <Switch
          label="Notifications"
          help="When you are mentioned, and when somebody asks to be let into your community. They do not say what was written, and history that is restored is never announced."
          checked={data.notifications}
          onChange={(notifications) => set({ notifications })}
        />
        {data.updates !== null && (
          <Switch
            label="Look for newer versions"
            help="Once a day, Chronicle’s own server is asked. A newer version is put in place when you quit."
            checked={data.updates}
            onChange={(updates) => set({ updates })}
          />
        )}
      </div>
    </Card>
  )
}
