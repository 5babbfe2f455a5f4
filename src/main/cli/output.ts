/** How a command speaks: progress and sentences to stderr, results to stdout, and with `--json` nothing else there. */
import cliProgress from 'cli-progress'

export interface Output {
  /** One step of the work, with a bar on a terminal. */
  step(title: string, total?: number): Step
  /** A sentence for a person; nothing with `--json`. */
  say(sentence: string): void
  /** The result: JSON with `--json`, else the text. */
  result(value: unknown, text: string): void
}

export interface Step {
  update(done: number): void
  /** Ends the step; `summary` says what it did. Returns how long it took, ms. */
  done(summary: string): number
}

export function createOutput(options: { json: boolean; quiet?: boolean }): Output {
  const terminal = Boolean(process.stderr.isTTY)
  return {
    say: (sentence) => {
      if (!options.json) process.stderr.write(`${sentence}\n`)
    },
    step: (title, total = 0) => startStep(title, total, terminal),
    result: (value, text) => {
      process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`)
    },
  }
}

function startStep(title: string, total: number, terminal: boolean): Step {
  const started = performance.now()
  const bar =
    terminal && total > 0
      ? new cliProgress.SingleBar(
          {
            format: `${title} {bar} {percentage} % {value}/{total} {eta_formatted}`,
            stream: process.stderr,
            hideCursor: true,
          },
          cliProgress.Presets.shades_classic,
        )
      : null
  bar?.start(total, 0)
  return {
    update: (done) => bar?.update(done),
    done: (summary) => {
      const took = Math.round(performance.now() - started)
      bar?.stop()
      process.stderr.write(`${title}: ${summary} (${formatDuration(took)})\n`)
      return took
    },
  }
}

/** `ms` as a person reads it. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes in decimal units, as drives and networks count them. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? 'B'}`
}

/** Columns as wide as their widest cell, and no wider; the last is not padded. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  return lines
    .map((line) => line.map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))))
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n')
}
