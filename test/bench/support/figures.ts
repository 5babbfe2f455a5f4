/** Figures: ratios measured in one run, their spread, and the one table they go into. RULES.md R8.3. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../scripts/lib/supported-node.mjs'

export const ROUNDS = 9
/** The whole size of what is measured, which takes long; less is enough to see whether a ratio holds. */
export const FULL_SIZE = process.env.CHRONICLE_BENCH_FULL === '1'

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
  const [load = 0] = loadavg()
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, Node ${process.versions.node}, commit ${commit}, load ${load.toFixed(1)} at the end`
}

const marks = (section: string) => [`<!-- ${section} -->`, `<!-- end of ${section} -->`] as const

/** Writes a section of docs/performance.md: what was measured where, the table, and what the rows mean. */
export function writeReport(section: string, figures: readonly Figure[], meaning: string): void {
  writeSection('performance.md', section, `Measured on ${circumstances()}.\n\n${table(figures)}\n\n${meaning.trim()}`)
}

/** Replaces a section of a file in docs. The rest of it stays as it is; a section that is new goes to its end. */
export function writeSection(file: string, section: string, body: string): void {
  const path = join(root, 'docs', file)
  const [begin, end] = marks(section)
  const text = `${begin}\n\n${body}\n\n${end}`
  const before = readFileSync(path, 'utf8')
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  const after =
    from < 0 || to < from
      ? `${before.trimEnd()}\n\n## ${section}\n\n${text}\n`
      : `${before.slice(0, from)}${text}${before.slice(to + end.length)}`
  writeFileSync(path, after)
}

const number = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

function limitText(limit: Figure['limit']): string {
  if (limit === null) return ''
  return 'atMost' in limit ? `at most ${limit.atMost}` : `at least ${limit.atLeast}`
}
