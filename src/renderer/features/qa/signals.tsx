/** What the nodes say as they say it: filtered, held still, exported. Newest on top; one tab stop, arrows scroll. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { Download, Pause, Play } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { activitySentence, signalNames } from '../../../shared/activity.ts'
import type { BenchPerson, BenchSignal } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Choice, Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { counted, shortId } from '../../lib/format.ts'
import { useSignals } from './use-signals.ts'

/** px */
const rowHeight = 24
/** What scrolls is reached by keyboard: a stop of its own, as the WAI-ARIA practices ask of regions that scroll. */
const scrolled = { tabIndex: 0 } as const
const anybody = 'anybody'
const me = 'me'
const everything = ''

export function Signals({ people }: { readonly people: readonly BenchPerson[] }) {
  const [isStill, setIsStill] = useState(false)
  const { lines, earlier } = useSignals(isStill)
  const [who, setWho] = useState(anybody)
  const [name, setName] = useState(everything)
  const [text, setText] = useState('')
  const nameOf = (person: string | null): string =>
    person === null ? 'You' : (people.find(({ id }) => id === person)?.name ?? 'Gone')
  const shown = useMemo(
    () =>
      lines.filter(
        (line) =>
          (who === anybody || (who === me ? line.person === null : line.person === who)) &&
          (name === everything || line.name === name) &&
          `${line.name} ${line.detail} ${line.communityId}`.toLowerCase().includes(text.trim().toLowerCase()),
      ),
    [lines, who, name, text],
  )
  return (
    <Card
      title="Signals"
      beside={<span className="text-meta text-ink-2 tabular-nums">{counted(shown.length, 'line')}</span>}
      actions={
        <>
          <Button
            size="small"
            icon={isStill ? Play : Pause}
            aria-pressed={isStill}
            onClick={() => setIsStill(!isStill)}
          >
            {isStill ? 'Go on' : 'Hold still'}
          </Button>
          <Button size="small" icon={Download} disabled={shown.length === 0} onClick={() => save(shown)}>
            Export
          </Button>
        </>
      }
    >
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <Choice
          label="Of whom"
          value={who}
          options={[
            { value: anybody, text: 'Everybody' },
            { value: me, text: 'You' },
            ...people.map((person) => ({ value: person.id, text: person.name })),
          ]}
          onChange={setWho}
        />
        <Choice
          label="Signal"
          value={name}
          options={[
            { value: everything, text: 'All' },
            ...signalNames.map((one) => ({ value: one as string, text: one })),
          ]}
          onChange={setName}
        />
        <div className="min-w-40 flex-1">
          <Field label="Contains" value={text} type="search" onChange={({ target }) => setText(target.value)} />
        </div>
      </div>
      {earlier.isError && (
        <Failure error={earlier.error} what="Earlier signals could not be read" onRetry={earlier.refetch} />
      )}
      {shown.length === 0 ? (
        <p className="text-ink-2">
          {lines.length === 0
            ? 'None yet. They appear as nodes archive, fetch and import.'
            : 'None fits these filters.'}
        </p>
      ) : (
        <Rows lines={shown} nameOf={nameOf} />
      )}
    </Card>
  )
}

function Rows({
  lines,
  nameOf,
}: {
  readonly lines: readonly BenchSignal[]
  readonly nameOf: (person: string | null) => string
}) {
  const frame = useRef<HTMLElement>(null)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    getItemKey: (index) => lines[index]?.seq ?? index,
  })
  return (
    <section
      ref={frame}
      aria-label="Signals, newest first"
      {...scrolled}
      className="h-72 overflow-auto rounded-control border border-line bg-side font-mono text-[11.5px]"
    >
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const line = lines[index]
          if (!line) return null
          return (
            <p
              key={key}
              className="absolute left-0 flex h-6 w-full min-w-[640px] items-center gap-3 border-line border-b px-2 whitespace-nowrap"
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className="text-ink-2">{new Date(line.at).toISOString().slice(11, 23)}</span>
              <span className="w-16 truncate font-semibold">{nameOf(line.person)}</span>
              <span className="text-accent-strong">{line.name}</span>
              <span className="text-ink-2">{line.communityId && shortId(line.communityId)}</span>
              <span className="truncate text-ink-2">{activitySentence(line.name, line)}</span>
            </p>
          )
        })}
      </div>
    </section>
  )
}

/** One JSON object a line, oldest first. */
function save(lines: readonly BenchSignal[]): void {
  const text = lines.toReversed().map((line) => `${JSON.stringify(line)}\n`)
  const url = URL.createObjectURL(new Blob(text, { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'chronicle-signals.ndjson'
  link.click()
  URL.revokeObjectURL(url)
}
