/** What all transfers together may take: the line in both directions, and the disk. */
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Settings } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { queryKey, useAction, useRequest } from '../../lib/client.tsx'

type Limit = 'downloadLimit' | 'uploadLimit' | 'diskLimit'

const fields: readonly {
  readonly limit: Limit
  readonly label: string
  readonly unit: number
  readonly least: number
}[] = [
  { limit: 'downloadLimit', label: 'Download, kB/s', unit: 1_000, least: 17 },
  { limit: 'uploadLimit', label: 'Upload, kB/s', unit: 1_000, least: 17 },
  { limit: 'diskLimit', label: 'Archives on this disk, MB', unit: 1_000_000, least: 0 },
]

export function Limits() {
  const settings = useRequest('settings.get')
  return (
    <Card title="Limits">
      {settings.isPending && <Lines rows={2} label="Reading the limits" />}
      {settings.isError && (
        <Failure error={settings.error} what="The limits could not be read" onRetry={settings.refetch} />
      )}
      {settings.data && <Form settings={settings.data} />}
    </Card>
  )
}

const textOf = (value: number | null, unit: number): string => (value === null ? '' : String(Math.round(value / unit)))

function Form({ settings }: { readonly settings: Settings }) {
  const queries = useQueryClient()
  const [texts, setTexts] = useState<Partial<Record<Limit, string>>>({})
  const save = useAction('settings.set', (saved) => {
    queries.setQueryData(queryKey('settings.get'), saved)
    setTexts({})
  })
  const entries = fields.map((field) => {
    const text = texts[field.limit] ?? textOf(settings[field.limit], field.unit)
    return { ...field, text, error: problemOf(text, field.least) }
  })
  const isChanged = Object.keys(texts).length > 0
  const isWrong = entries.some(({ error }) => error !== null)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isWrong || !isChanged || save.isPending) return
    // What was not touched stays exactly as it is: the fields round.
    const touched = entries.filter(({ limit }) => texts[limit] !== undefined)
    save.mutate(
      Object.fromEntries(
        touched.map(({ limit, text, unit }) => [limit, text.trim() === '' ? null : Number(text) * unit]),
      ),
    )
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      {save.isError && <Failure error={save.error} what="The limits were not saved" />}
      <div className="grid gap-3 wide:grid-cols-3">
        {entries.map(({ limit, label, text, error }) => (
          <Field
            key={limit}
            label={label}
            inputMode="numeric"
            autoComplete="off"
            placeholder="no limit"
            value={text}
            error={error}
            onChange={({ target }) => setTexts({ ...texts, [limit]: target.value })}
          />
        ))}
      </div>
      <div className="flex flex-wrap items-center justify-end gap-3">
        <p className="mr-auto text-meta text-ink-2">
          Torrent and Codex share them. Nothing that is here is deleted for the disk’s limit. Empty: no limit.
        </p>
        <Button type="submit" busy={save.isPending} disabled={!isChanged || isWrong}>
          Save limits
        </Button>
      </div>
    </form>
  )
}

function problemOf(text: string, least: number): string | null {
  const value = text.trim()
  if (value === '') return null
  if (!/^\d{1,9}$/.test(value)) return 'A whole number, or nothing.'
  return Number(value) < least ? `At least ${least}: less would break transfers off.` : null
}
