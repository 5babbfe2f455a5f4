/** The table of a run of the fuzzer, and the words for what it found. */
import { type Find, most, type Report } from './fuzzing.ts'

export function table(reports: readonly Report[]): string {
  const rows = reports.map(({ target, inputs, accepted, refused, milliseconds, worst, held }) => [
    target,
    inputs.toLocaleString('en'),
    Math.round((inputs / milliseconds) * 1000).toLocaleString('en'),
    `${((100 * accepted) / inputs).toFixed(1)} %`,
    worst.toFixed(1),
    (held / 2 ** 20).toFixed(1),
    reasons(refused, inputs),
  ])
  const head = ['decoder', 'inputs', 'a second', 'accepted', 'worst ms', 'held MB', 'refused because']
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

function reasons(refused: Report['refused'], inputs: number): string {
  const parts = Object.entries(refused).map(([reason, count]) => `${reason} ${((100 * count) / inputs).toFixed(1)} %`)
  return parts.length > 5 ? `${parts.slice(0, 5).join(', ')}, ${parts.length - 5} more` : parts.join(', ')
}

/** What a person needs to see it again, and to keep it: test/fuzz/found.ts. */
export function describeFind({ target, what, detail, input }: Find, seed: number): string {
  const because = {
    crash: 'it crashes',
    hang: 'it hangs',
    memory: `it holds over ${most} bytes`,
    unstable: 'it changes',
  }
  const hex = Buffer.from(input).toString('hex')
  const shown = hex.length > 20_000 ? `${hex.slice(0, 20_000)}… (${input.length} bytes)` : hex
  return `${target}: ${because[what]} (CHRONICLE_FUZZ_SEED=${seed})\n${detail}\ninput: ${shown}`
}
