/** Every archive that is known, newest first: its days, its state, what it holds. */
import { useState } from 'react'
import type { Archive } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Tag } from '../../components/tag.tsx'
import { bytes, count, counted, range } from '../../lib/format.ts'
import { archiveWords, engineWords } from './words.ts'

/** Rows before one asks for more. */
const few = 12

export function ArchiveTable({ archives }: { readonly archives: readonly Archive[] }) {
  const [isWhole, setIsWhole] = useState(false)
  const sorted = [...archives].sort((a, b) => b.from - a.from || b.to - a.to)
  const shown = isWhole ? sorted : sorted.slice(0, few)
  const head = 'border-b border-line px-2 py-1 text-label font-medium text-ink-3 first:pl-0 last:pr-0'
  const cell = 'border-b border-line px-2 py-1.5 group-last:border-b-0 first:pl-0 last:pr-0'
  return (
    <Card
      title="Archives"
      beside={<span className="text-meta text-ink-3 tabular-nums">{count(archives.length)}</span>}
      actions={
        sorted.length > few && (
          <Button look="ghost" size="small" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : 'Show all'}
          </Button>
        )
      }
    >
      <table className="w-full border-collapse">
        <thead>
          <tr>
            <th className={`${head} text-left`}>Week</th>
            <th className={`${head} text-left`}>State</th>
            <th className={`${head} text-right`}>Messages</th>
            <th className={`${head} text-right`}>Size</th>
            <th className={`${head} hidden text-left wide:table-cell`}>By</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((archive) => {
            const { word, icon, tone } = archiveWords[archive.state]
            return (
              <tr key={`${archive.id}${archive.engine}`} className="group">
                <th scope="row" className={`${cell} text-left font-normal whitespace-nowrap tabular-nums`}>
                  {range(archive.from, archive.to)}
                </th>
                <td className={cell}>
                  <Tag icon={icon} tone={tone}>
                    {word}
                  </Tag>
                  {archive.reason && <p className="mt-0.5 text-meta text-ink-2">{archive.reason}</p>}
                </td>
                <td className={`${cell} text-right`}>{count(archive.messages)}</td>
                <td className={`${cell} text-right whitespace-nowrap`}>{bytes(archive.bytes)}</td>
                <td className={`${cell} hidden text-ink-2 wide:table-cell`}>{engineWords[archive.engine]}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="sr-only">{counted(shown.length, 'archive')} shown</p>
    </Card>
  )
}
