/** What the files hold, as a check found without writing anything, and which channel here each of theirs becomes. */
import { CircleCheck, CircleX, Loader } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Import, ImportFile } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/field.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure, Note } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag } from '../../components/tag.tsx'
import { useAction, useEvent, useRequest } from '../../lib/client.tsx'
import { bytes, count, counted } from '../../lib/format.ts'
import { fileName } from './import-words.ts'
import { LeftOut } from './left-out.tsx'

interface ImportMappingProps {
  readonly community: Community
  /** The dry run. */
  readonly check: Import
  readonly onBack: () => void
  readonly onBegun: () => void
}

/** A channel of its own is made for it. */
const fresh = ''

export function ImportMapping({ community, check, onBack, onBegun }: ImportMappingProps) {
  const report = useRequest('imports.show', { id: check.id })
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map())
  const begin = useAction('imports.start', onBegun)
  const cancel = useAction('imports.cancel', onBack)
  const { refetch } = report
  useEvent('imports.changed', ({ import: next }) => {
    if (next.id === check.id) void refetch()
  })
  // It may have ended before this page began to listen.
  useEffect(() => void refetch(), [refetch])
  if (report.isError) return <Failure error={report.error} what="The check could not be read" onRetry={refetch} />
  if (report.isPending) return <Lines rows={3} label="Checking the files" />
  const { import: done, files } = report.data
  if (done.state === 'running')
    return (
      <div className="grid gap-2">
        <Meter label="Bytes checked" value={done.bytesDone} max={done.bytesTotal} />
        <div className="flex items-center gap-2 text-ink-2 tabular-nums">
          Checking: {bytes(done.bytesDone)} of {bytes(done.bytesTotal)}, {counted(done.messages, 'message')}.
          <Button
            size="small"
            className="ml-auto"
            busy={cancel.isPending}
            onClick={() => cancel.mutate({ id: check.id })}
          >
            Stop
          </Button>
        </div>
      </div>
    )
  const readable = files.filter(({ error, messages }) => error === null || messages > 0)
  const targetOf = (file: ImportFile): string => chosen.get(file.channel) ?? file.chatId ?? fresh
  const start = (): void => {
    const map = readable.flatMap((file) => {
      const to = targetOf(file)
      return to === fresh || file.channel === '' ? [] : [{ from: file.channel, to }]
    })
    begin.mutate({ communityId: community.id, kind: 'discord', files: readable.map(({ path }) => path), map })
  }
  return (
    <div className="grid gap-3">
      {done.state === 'failed' && (
        <Note tone="bad" title="The files could not be checked.">
          {done.error}
        </Note>
      )}
      {begin.isError && <Failure error={begin.error} what="Nothing was imported" />}
      <p className="text-ink-2">
        <b className="font-semibold text-ink">{counted(done.added, 'message')} would be added</b>
        {done.known > 0 && `, ${count(done.known)} are here already`}. Nothing is written yet.
      </p>
      <ul className="grid gap-2">
        {files.map((file) => (
          <li key={file.path} className="grid gap-2 rounded-control border border-line px-3 py-2">
            <div className="flex flex-wrap items-center gap-2">
              <b className="min-w-0 font-semibold break-all">{fileName(file.path)}</b>
              <FileTag file={file} />
              <span className="text-meta text-ink-2 tabular-nums">
                {counted(file.messages, 'message')}, {bytes(file.bytesTotal)}
              </span>
            </div>
            {file.error && (
              <p className="text-meta text-bad">
                Line {count(file.error.line)}: {file.error.reason}
              </p>
            )}
            {file.channel !== '' && (
              <Choice
                label={`#${file.channel} becomes`}
                value={targetOf(file)}
                options={[
                  { value: fresh, text: `a new channel #${file.channel}` },
                  ...community.channels.map(({ chatId, name }) => ({ value: chatId as string, text: `#${name}` })),
                ]}
                onChange={(to) => setChosen(new Map(chosen).set(file.channel, to))}
              />
            )}
          </li>
        ))}
      </ul>
      <LeftOut report={report.data} />
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Other files</Button>
        <Button look="primary" busy={begin.isPending} disabled={readable.length === 0} onClick={start}>
          Import {counted(done.added, 'message')}
        </Button>
      </div>
    </div>
  )
}

function FileTag({ file: { state, error } }: { readonly file: ImportFile }) {
  if (error !== null)
    return (
      <Tag icon={CircleX} tone="bad">
        Not whole
      </Tag>
    )
  if (state === 'done')
    return (
      <Tag icon={CircleCheck} tone="ok">
        Readable
      </Tag>
    )
  return <Tag icon={Loader}>Not read yet</Tag>
}
