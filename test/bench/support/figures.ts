/** Figures: ratios measured in one run, their spread, and the one table they go into. RULES.md R8.3. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../scripts/lib/supported-node.mjs'

export const ROUNDS = 9

export interface Figure {
  readonly name: string
  /** Of the medians of both sides. */
  readonly ratio: number
  /** One for each round: the spread. */
  readonly rounds: readonly number[]
  /** What the ratio must not pass, upwards or downwards; null for a figure that is only shown. */
  readonly limit: { readonly atMost: number } | { readonly atLeast: number } | null
  /** Both sides in this run, for orientation. */
  readonly sides: string
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

/** `tops[n] / bottoms[n]` are of the same round. */
export function figure(
  { name, limit, sides }: Pick<Figure, 'name' | 'limit' | 'sides'>,
  tops: readonly number[],
  bottoms: readonly number[],
): Figure {
  const rounds = tops.map((top, n) => top / (bottoms[n] ?? Number.NaN))
  return { name, limit, sides, rounds, ratio: median(tops) / median(bottoms) }
}

export function holds({ ratio, limit }: Figure): boolean {
  if (limit === null) return true
  return 'atMost' in limit ? ratio <= limit.atMost : ratio >= limit.atLeast
}

/** Times one step, ms. */
export async function timed(step: () => unknown): Promise<number> {
  const began = performance.now()
  await step()
  return performance.now() - began
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((one) => [
    one.name,
    number(one.ratio),
    `${number(Math.min(...one.rounds))} to ${number(Math.max(...one.rounds))}`,
    String(one.rounds.length),
    limitText(one.limit),
    one.limit === null ? '' : holds(one) ? 'yes' : 'NO',
    one.sides,
  ])
  const head = ['figure', 'ratio', 'min to max', 'n', 'limit', 'holds', 'in this run']
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** Where and on what this was measured. */
export function circumstances(): string {
  const [cpu] = cpus()
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  let commit = 'unknown'
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'test', 'package-lock.json') !== ''
    commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}`
  } catch {
    // Not a clone.
  }
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, Node ${process.versions.node}, commit ${commit}`
}

export function writeReport(figures: readonly Figure[]): void {
  const text = `# Performance

Written by \`npm run bench\`; every number is a ratio of two things measured in the same run, taking turns, so that a
slow or busy machine slows both. A ratio is that of the medians; "min to max" are the ratios of single rounds. The run
fails when a ratio passes its limit. Times and sizes in the last column are for orientation only.

Measured on ${circumstances()}.

${table(figures)}

- **Publishing**: two communities, one with 10 archived weeks and one with 520, take turns in having one more week
  published: schedule, claim, encoding in its thread, the torrent engine in its thread, the commit. The index has one
  entry for each archive and is written whole each time; what encoding, hashing and writing an index of that size takes
  by itself is measured in each round and subtracted. Hashed are the new pieces and the index, exactly: anything else
  fails the run. "The engine alone" has an index of the same length on both sides instead.
- **A member's next download**: what a member that has 520 weeks fetches for one more, over the size of the new pieces
  and the index. Payload is what BitTorrent counts; "everything" also holds handshakes, requests and the torrent's own
  description, as a relay between both counts it.
- **Importing**: a whole history out of its archives into an empty database with its search index, over the recovery of
  the same messages' signatures and nothing else, on as many threads as verify an import. Small archives cost more than
  their signatures: each is made durable by itself.
`
  writeFileSync(join(root, 'docs', 'performance.md'), text)
}

const number = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

function limitText(limit: Figure['limit']): string {
  if (limit === null) return ''
  return 'atMost' in limit ? `at most ${limit.atMost}` : `at least ${limit.atLeast}`
}
