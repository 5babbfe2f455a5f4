/**
 * A past from Discord: files are named, checked without writing anything, their channels matched to those here, and
 * brought in. What was left out is said, and why. It goes on where it was when Chronicle was closed in between.
 */
import { FolderOpen, Import as ImportIcon } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Import } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Area } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { ImportMapping } from './import-mapping.tsx'
import { ImportState } from './import-state.tsx'

/** The contract's most. */
const mostFiles = 1000

export function DiscordImport({ community }: { readonly community: Community }) {
  const imports = useRequest('imports.list', { communityId: community.id, limit: 5 })
  const [isNew, setIsNew] = useState(false)
  const [check, setCheck] = useState<Import | null>(null)
  const latest = imports.data?.find(({ dryRun }) => !dryRun) ?? null
  const isRunning = latest?.state === 'running'
  const isAsking = !isRunning && (isNew || latest === null)
  const begun = (): void => {
    setIsNew(false)
    setCheck(null)
    void imports.refetch()
  }
  return (
    <Card
      title="Import from Discord"
      actions={
        !isAsking &&
        !isRunning && (
          <Button size="small" onClick={() => setIsNew(true)}>
            Import more
          </Button>
        )
      }
    >
      {imports.isError && (
        <Failure error={imports.error} what="The imports could not be read" onRetry={imports.refetch} />
      )}
      {latest && !isAsking && <ImportState one={latest} />}
      {isAsking && check === null && (
        <Files community={community} onChecked={setCheck} onBack={latest ? () => setIsNew(false) : null} />
      )}
      {isAsking && check !== null && (
        <ImportMapping community={community} check={check} onBack={() => setCheck(null)} onBegun={begun} />
      )}
    </Card>
  )
}

interface FilesProps {
  readonly community: Community
  readonly onChecked: (check: Import) => void
  readonly onBack: (() => void) | null
}

function Files({ community, onChecked, onBack }: FilesProps) {
  const [text, setText] = useState('')
  const check = useAction('imports.start', onChecked)
  const desktop = useRequest('desktop.settings')
  const choose = useAction('desktop.chooseFiles', (paths) => {
    if (paths && paths.length > 0) setText([...files, ...paths].join('\n'))
  })
  const files = [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean)
  const problem = problemOf(files)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (problem === null && files.length > 0 && !check.isPending)
      check.mutate({ communityId: community.id, kind: 'discord', files, dryRun: true })
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <p className="text-ink-2">
        Messages that were exported from Discord as JSON, one file a channel, become part of this history. Authors are
        shown by their Discord names; nothing is fetched from Discord.
      </p>
      {choose.isError && <Failure error={choose.error} what="No files were chosen" />}
      {check.isError && <Failure error={check.error} what="The files were not checked" />}
      <Area
        label="Files"
        help="Whole paths on the computer that Chronicle runs on, one a line. They are only read."
        error={problem}
        rows={3}
        value={text}
        placeholder="/home/ines/exports/general.json"
        className="font-mono text-[11.5px]"
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex justify-end gap-2">
        {onBack && <Button onClick={onBack}>Cancel</Button>}
        {desktop.data && (
          <Button icon={FolderOpen} busy={choose.isPending} onClick={() => choose.mutate({ kind: 'discord-export' })}>
            Choose files
          </Button>
        )}
        <Button
          type="submit"
          icon={ImportIcon}
          busy={check.isPending}
          disabled={files.length === 0 || problem !== null}
        >
          Check the files
        </Button>
      </div>
    </form>
  )
}

function problemOf(files: readonly string[]): string | null {
  if (files.length > mostFiles) return `At most ${mostFiles} files at once.`
  const wrong = files.find((file) => !/^(\/|[a-zA-Z]:[\\/]|\\\\)/.test(file) || file.length > 4096)
  return wrong === undefined ? null : `“${wrong.slice(0, 60)}” is not a whole path: it begins at the root of a disk.`
}
