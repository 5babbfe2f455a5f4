/** Archiving and restoring a history from beginning to end, and each step as it passes or fails. */
import { CircleCheck, CircleX, Loader, type LucideIcon, Pause, Play, Square } from 'lucide-react'
import { useState } from 'react'
import type { BenchRun, BenchStep } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure } from '../../components/note.tsx'
import { Segments } from '../../components/segments.tsx'
import { Tag, type Tone } from '../../components/tag.tsx'
import { useAction } from '../../lib/client.tsx'
import { count } from '../../lib/format.ts'

type Words = Readonly<Record<string, { readonly word: string; readonly icon: LucideIcon; readonly tone: Tone }>>

const words = {
  running: { word: 'Running', icon: Loader, tone: 'info' },
  passed: { word: 'Passed', icon: CircleCheck, tone: 'ok' },
  failed: { word: 'Failed', icon: CircleX, tone: 'bad' },
  stopped: { word: 'Stopped', icon: Pause, tone: 'neutral' },
} as const satisfies Words

export function ScenarioCard({ run }: { readonly run: BenchRun | null }) {
  const [engine, setEngine] = useState<BenchRun['engine']>('torrent')
  const start = useAction('bench.run')
  const stop = useAction('bench.stop')
  const isRunning = run?.state === 'running'
  const error = start.error ?? stop.error
  return (
    <Card
      title="Scenario"
      beside={
        run && (
          <Tag icon={words[run.state].icon} tone={words[run.state].tone}>
            {words[run.state].word}
          </Tag>
        )
      }
      actions={
        isRunning ? (
          <Button size="small" icon={Square} busy={stop.isPending} onClick={() => stop.mutate(undefined)}>
            Stop
          </Button>
        ) : (
          <Button size="small" icon={Play} busy={start.isPending} onClick={() => start.mutate({ engine })}>
            Run
          </Button>
        )
      }
    >
      <div className="grid gap-2">
        {error && <Failure error={error} />}
        <p className="text-ink-2">
          An owner archives 80 messages; the service node forgets them; a member restores them from the archives, and
          both histories are compared. Two minutes at most.
        </p>
        <div>
          <Segments
            label="Archives travel by"
            value={engine}
            options={[
              { value: 'torrent', text: 'Torrent' },
              { value: 'codex', text: 'Codex' },
              { value: 'both', text: 'Both' },
            ]}
            onChange={setEngine}
          />
        </div>
        {run && (
          <ol aria-label="Steps" aria-live="polite" className="grid gap-1">
            {run.steps.map((step) => (
              <li key={step.title} className="border-line border-t py-1.5">
                <Step step={step} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </Card>
  )
}

function Step({ step: { title, state, done, total, detail, took } }: { readonly step: BenchStep }) {
  const { word, icon, tone } = words[state]
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <Tag icon={icon} tone={tone}>
          {word}
        </Tag>
        <span className="min-w-0 flex-1">{title}</span>
        {took !== null && <span className="text-meta text-ink-2 tabular-nums">{(took / 1000).toFixed(1)} s</span>}
      </p>
      {state === 'running' && total > 0 && (
        <div className="mt-1 grid gap-0.5">
          <Meter label={title} value={done} max={total} />
          <span className="text-meta text-ink-2 tabular-nums">
            waits for {count(done)} of {count(total)}
          </span>
        </div>
      )}
      {detail !== '' && <p className={`text-meta ${state === 'failed' ? 'text-bad' : 'text-ink-2'}`}>{detail}</p>}
    </>
  )
}
