/** One import: how far it is, what it brought in and what it left out; ending it and going on with it. */

import { useQueryClient } from '@tanstack/react-query'
import { Play, X } from 'lucide-react'
import { useState } from 'react'
import type { Import } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag } from '../../components/tag.tsx'
import { queryKey, useAction, useEvent, useRequest } from '../../lib/client.tsx'
import { bytes, count, counted, iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { fileName, importWords } from './import-words.ts'
import { LeftOut } from './left-out.tsx'

export function ImportState({ one }: { readonly one: Import }) {
  const now = useNow(60_000)
  const queries = useQueryClient()
  const [heard, setHeard] = useState<Import | null>(null)
  const again = (): void => void queries.invalidateQueries({ queryKey: ['imports.list'] })
  useEvent('imports.changed', ({ import: next }) => {
    if (next.id !== one.id) return
    setHeard(next)
    if (next.state !== 'running') {
      again()
      void queries.invalidateQueries({ queryKey: queryKey('imports.show', { id: one.id }) })
    }
  })
  const cancel = useAction('imports.cancel', again)
  const resume = useAction('imports.resume', again)
  const { state, messages, added, known, bytesDone, bytesTotal, rate, files, startedAt, error } =
    heard !== null && heard.id === one.id ? heard : one
  const { word, icon, tone } = importWords[state]
  const isRunning = state === 'running'
  return (
    <div className="grid gap-3">
      {cancel.isError && <Failure error={cancel.error} what="It was not cancelled" />}
      {resume.isError && <Failure error={resume.error} what="It was not resumed" />}
      <div className="flex flex-wrap items-center gap-2">
        <Tag icon={icon} tone={tone}>
          {word}
        </Tag>
        <span className="text-ink-2">
          {counted(files, 'file')}, begun <time dateTime={iso(startedAt)}>{moment(startedAt, now)}</time>
        </span>
        <span className="ml-auto">
          {isRunning && (
            <Button size="small" icon={X} busy={cancel.isPending} onClick={() => cancel.mutate({ id: one.id })}>
              Cancel
            </Button>
          )}
          {(state === 'cancelled' || state === 'failed' || state === 'incomplete') && (
            <Button size="small" icon={Play} busy={resume.isPending} onClick={() => resume.mutate({ id: one.id })}>
              Go on
            </Button>
          )}
        </span>
      </div>
      {isRunning && <Meter label="Bytes read" value={bytesDone} max={bytesTotal} />}
      <p className="text-ink-2 tabular-nums">
        <b className="font-semibold text-ink">{counted(added, 'message')} added</b>
        {known > 0 && `, ${count(known)} were here before`}. {counted(messages, 'message')} read
        {isRunning && `, ${bytes(bytesDone)} of ${bytes(bytesTotal)}, ${count(rate)} a second`}.
        {state === 'cancelled' && ' What was added stays; it can be gone on with.'}
      </p>
      {error !== '' && <p className="text-bad">{error}</p>}
      {!isRunning && <Report id={one.id} />}
    </div>
  )
}

function Report({ id }: { readonly id: string }) {
  const report = useRequest('imports.show', { id })
  if (report.isPending) return <Lines rows={2} label="Reading the report" />
  if (report.isError)
    return <Failure error={report.error} what="The report could not be read" onRetry={report.refetch} />
  const failed = report.data.files.filter(({ error }) => error !== null)
  return (
    <>
      {failed.length > 0 && (
        <ul aria-label="Files that could not be read to their end" className="grid gap-1 text-meta text-bad">
          {failed.map(({ path, error }) => (
            <li key={path} className="break-words">
              <b className="font-semibold">{fileName(path)}</b>, line {count(error?.line ?? 0)}: {error?.reason}
            </li>
          ))}
        </ul>
      )}
      <LeftOut report={report.data} />
    </>
  )
}
