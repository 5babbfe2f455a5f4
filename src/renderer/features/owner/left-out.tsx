/** What an import left out and why, with the first of each kind. */
import type { ImportReport } from '../../../shared/contract.ts'
import { count } from '../../lib/format.ts'
import { fileName } from './import-words.ts'

export function LeftOut({ report }: { readonly report: ImportReport }) {
  const { leftOut } = report.import
  if (leftOut.length === 0) return <p className="text-meta text-ink-2">Nothing was left out.</p>
  return (
    <section aria-label="Left out">
      <h3 className="text-meta font-semibold text-ink-3">Left out, and why</h3>
      <ul className="text-meta text-ink-2">
        {leftOut.map(({ reason, count: times }) => {
          const first = report.examples.find((example) => example.reason === reason)
          return (
            <li key={reason} className="border-line border-b py-1 last:border-b-0">
              <span className="tabular-nums">
                <b className="font-semibold text-ink">{count(times)}</b> {reason}
              </span>
              {first && (
                <span className="block break-words text-ink-3">
                  {fileName(first.path)}, line {count(first.line)}: {first.detail}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
