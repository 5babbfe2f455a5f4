/** Writes a community or one of its channels into a file: as what, how far it is, where it lies. Goes on when closed. */
import { Check, Copy, Download } from 'lucide-react'
import { memo, useRef, useState } from 'react'
import type { EventPayload, RequestOutput } from '../../../shared/contract.ts'
import type { Channel, Community } from '../../../shared/domain.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Choice } from '../../components/field.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure } from '../../components/note.tsx'
import { Segments } from '../../components/segments.tsx'
import { useAction, useEvent } from '../../lib/client.tsx'
import { bytes, count, counted } from '../../lib/format.ts'

type Format = 'html' | 'json' | 'text'
type Progress = EventPayload<'messages.exporting'>

const formats = [
  { value: 'html', text: 'Web page' },
  { value: 'text', text: 'Plain text' },
  { value: 'json', text: 'JSON' },
] as const
const means: Readonly<Record<Format, string>> = {
  html: 'One file that any browser opens, without a network. Images are inside it.',
  text: 'Who said what and when, line by line.',
  json: 'Everything there is, with edits and reactions, for programs.',
}

interface ExportButtonProps {
  readonly community: Community
  /** Chosen at first; null for the whole community. */
  readonly channel: Channel | null
}

export const ExportButton = memo(function ExportButton({ community, channel }: ExportButtonProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [format, setFormat] = useState<Format>('html')
  const [what, setWhat] = useState<string>(channel?.chatId ?? '')
  const [progress, setProgress] = useState<Progress | null>(null)
  const write = useAction('messages.export')
  const cancel = useAction('messages.cancelExport')
  /** What was asked for, so that somebody else's export is not taken for this one. */
  const asked = useRef<{ readonly chatId: string | null; readonly format: Format } | null>(null)
  useEvent('messages.exporting', (event) => {
    const { current } = asked
    if (current === null || event.communityId !== community.id) return
    if (event.chatId === current.chatId && event.format === current.format) setProgress(event)
  })
  const start = (): void => {
    const chatId = community.channels.find((one) => one.chatId === what)?.chatId ?? null
    asked.current = { chatId, format }
    setProgress(null)
    write.mutate({ communityId: community.id, chatId, format })
  }
  const isCancelled = write.isError && write.error.code === 'cancelled'
  return (
    <>
      <IconButton icon={Download} label="Export…" onClick={() => setIsOpen(true)} />
      <Dialog
        title="Export history"
        description="Writes what is on this computer into a file. Nothing is sent anywhere."
        open={isOpen}
        onClose={() => setIsOpen(false)}
      >
        <div className="grid gap-3">
          <Choice
            label="What"
            value={what}
            options={[
              { value: '', text: 'All channels' },
              ...community.channels.map(({ chatId, name }) => ({ value: chatId as string, text: `#${name}` })),
            ]}
            onChange={setWhat}
          />
          <div className="grid justify-items-start gap-1">
            <Segments label="As" value={format} options={formats} onChange={setFormat} />
            <p className="text-meta text-ink-2">{means[format]}</p>
          </div>
          {write.isPending && <Writing progress={progress} />}
          {write.isError && !isCancelled && <Failure error={write.error} what="The history was not exported" />}
          {isCancelled && <p role="status">Cancelled. Nothing of it was kept.</p>}
          {write.data && <Written file={write.data} />}
          <div className="mt-2 flex justify-end gap-2">
            {write.isPending && (
              <Button
                disabled={progress === null}
                busy={cancel.isPending}
                onClick={() => progress && cancel.mutate({ id: progress.id })}
              >
                Cancel export
              </Button>
            )}
            <Button look="primary" icon={Download} busy={write.isPending} onClick={start}>
              Export
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  )
})

function Writing({ progress }: { readonly progress: Progress | null }) {
  return (
    <div className="grid gap-1">
      <Meter label="Exported" value={progress?.messages ?? 0} max={progress?.total ?? 1} />
      <p className="text-meta text-ink-2 tabular-nums" aria-live="polite">
        {progress === null
          ? 'Reading the history'
          : `${count(progress.messages)} of ${counted(progress.total, 'message')} · ${bytes(progress.bytes)}`}
      </p>
    </div>
  )
}

function Written({ file }: { readonly file: RequestOutput<'messages.export'> }) {
  return (
    <div role="status" className="grid gap-1 rounded-control bg-ok-soft px-3 py-2">
      <p className="flex items-center gap-1.5 font-semibold">
        <Check size={16} aria-hidden className="text-ok" />
        {counted(file.messages, 'message')}, {bytes(file.bytes)}
      </p>
      <p className="flex items-center gap-1">
        <code className="min-w-0 flex-1 font-mono text-meta [overflow-wrap:anywhere]">{file.path}</code>
        <IconButton
          icon={Copy}
          label="Copy where it is"
          size="small"
          onClick={() => void navigator.clipboard.writeText(file.path)}
        />
      </p>
    </div>
  )
}
