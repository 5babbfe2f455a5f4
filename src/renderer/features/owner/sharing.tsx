/** By which way archives travel, and how long one spans: an owner's settings, beside what they lead to. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { History, RequestInput, Settings } from '../../../shared/contract.ts'
import type { Millis } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Choice } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Segments } from '../../components/segments.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { queryKey, useAction, useRequest } from '../../lib/client.tsx'
import { bytes, duration } from '../../lib/format.ts'

type Distribution = Settings['distribution']

const help: Readonly<Record<Distribution, string>> = {
  torrent: 'New archives are published by torrent. Every version of Status can follow them.',
  codex: 'New archives are published through Codex. Status clients of today cannot follow those; Chronicle can.',
  both: 'New archives are published both ways, and members take whichever answers first. Uses the disk twice.',
}

/** From what one tries things out with to what Status expects. */
export const intervals = [604_800_000, 86_400_000, 3_600_000, 600_000, 60_000, 10_000]

/** bytes more on the disk above which one is asked. */
const askedFrom = 100_000_000

export function Sharing({ history }: { readonly history: History }) {
  const queries = useQueryClient()
  const settings = useRequest('settings.get')
  const [asking, setAsking] = useState<Distribution | null>(null)
  const save = useAction('settings.set', (saved) => {
    queries.setQueryData(queryKey('settings.get'), saved)
    setAsking(null)
  })
  const set = (change: RequestInput<'settings.set'>): void => save.mutate(change)
  const size = sizeOf(history)
  const choose = (distribution: Distribution): void => {
    if (distribution === 'both' && size > askedFrom) setAsking(distribution)
    else set({ distribution })
  }
  return (
    <Card title="How it is shared">
      {settings.isPending && <Lines rows={3} label="Reading the settings" />}
      {settings.isError && (
        <Failure error={settings.error} what="The settings could not be read" onRetry={settings.refetch} />
      )}
      {save.isError && asking === null && <Failure error={save.error} what="The setting was not saved" />}
      {settings.data && (
        <div className="grid gap-4">
          <div className="grid justify-items-start gap-1">
            <p className="font-medium" aria-hidden>
              Archives travel by
            </p>
            <Segments
              label="Archives travel by"
              value={settings.data.distribution}
              options={[
                { value: 'torrent', text: 'Torrent' },
                { value: 'codex', text: 'Codex' },
                { value: 'both', text: 'Both' },
              ]}
              onChange={choose}
            />
            <p className="text-meta text-ink-2">{help[settings.data.distribution]}</p>
          </div>
          <Choice
            label="One archive every"
            help="Status expects 7 days. Shorter ones are for trying things out."
            value={String(settings.data.archiveInterval)}
            options={[...new Set([...intervals, settings.data.archiveInterval])]
              .sort((a, b) => b - a)
              .map((interval) => ({ value: String(interval), text: duration(interval) }))}
            onChange={(value) => set({ archiveInterval: Number(value) as Millis })}
          />
          <p className="text-meta text-ink-2">Both hold for every community that you own with this profile.</p>
        </div>
      )}
      <Confirm
        title="Publish everything both ways?"
        description={`What is published one way only is published the other way, too: about ${bytes(size)} more on this disk.`}
        act="Publish both ways"
        open={asking !== null}
        busy={save.isPending}
        onConfirm={() => asking !== null && set({ distribution: asking })}
        onClose={() => setAsking(null)}
      >
        {save.isError && <Failure error={save.error} what="The setting was not saved" />}
      </Confirm>
    </Card>
  )
}

/** bytes of all archives, each week once. */
function sizeOf({ archives }: History): number {
  const weeks = new Map<string, number>()
  for (const { from, to, bytes: size } of archives) {
    const week = `${from}-${to}`
    weeks.set(week, Math.max(weeks.get(week) ?? 0, size))
  }
  return [...weeks.values()].reduce((total, size) => total + size, 0)
}
