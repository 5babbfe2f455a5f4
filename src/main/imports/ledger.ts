/**
 * How far an import is: what people are shown, kept in step with the rows of the store. A dry run has the same report
 * and no rows.
 */
import type { Import, ImportExample, ImportFile, ImportReport } from '../../shared/contract.ts'
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { StoredExample, StoredImport, StoredImportFile } from '../store/index.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A file as it is imported. */
export type LedgerFile = Writable<StoredImportFile>

/** Examples shown of each reason. */
const EXAMPLES = 20

export interface Ledger {
  readonly id: string
  readonly communityId: CommunityId
  readonly dryRun: boolean
  readonly map: StoredImport['map']
  readonly startedAt: Millis
  readonly files: readonly LedgerFile[]
  state: Import['state']
  endedAt: Millis | null
  error: string
  /** Of a dry run; those of others are in the store. */
  readonly examples: StoredExample[]
  /** Messages a second. */
  rate: number
}

export function ledgerOf(row: StoredImport, files: readonly StoredImportFile[], dryRun = false): Ledger {
  const { id, communityId, map, startedAt, endedAt, state, error } = row
  const own = files.map((file) => ({ ...file }))
  return { id, communityId, dryRun, map, startedAt, files: own, state, endedAt, error, examples: [], rate: 0 }
}

/** Adds a batch to what the file's row says already. */
export function addBatch(
  file: LedgerFile,
  batch: { readonly position: { readonly line: number; readonly byte: number }; readonly messages: number },
  leftOut: Readonly<Record<string, number>>,
  counts: { readonly added: number; readonly known: number },
): void {
  file.position = batch.position.byte
  file.line = batch.position.line
  file.messages += batch.messages
  file.added += counts.added
  file.known += counts.known
  file.leftOut = sum([file.leftOut, leftOut])
}

export function addExamples(ledger: Ledger, examples: readonly StoredExample[]): void {
  for (const example of examples) {
    const same = ledger.examples.filter(({ reason }) => reason === example.reason)
    if (same.length < EXAMPLES) ledger.examples.push(example)
  }
}

export function view(ledger: Ledger): Import {
  const { id, communityId, dryRun, state, startedAt, endedAt, files, rate, error } = ledger
  const total = (count: (file: LedgerFile) => number) => files.reduce((all, file) => all + count(file), 0)
  return {
    id,
    communityId,
    kind: 'discord',
    dryRun,
    state,
    startedAt,
    endedAt,
    files: files.length,
    bytesDone: total(bytesDone),
    bytesTotal: total(({ size }) => size),
    messages: total(({ messages }) => messages),
    added: total(({ added }) => added),
    known: total(({ known }) => known),
    leftOut: Object.entries(sum(files.map(({ leftOut }) => leftOut)))
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
    rate: state === 'running' ? Math.round(rate) : 0,
    error,
  }
}

export function reportOf(ledger: Ledger, examples: readonly StoredExample[]): ImportReport {
  const paths = new Map(ledger.files.map(({ n, path }) => [n, path]))
  return {
    import: view(ledger),
    files: ledger.files.map(fileView),
    examples: examples.map(({ n, ...example }): ImportExample => ({ ...example, path: paths.get(n) ?? '' })),
  }
}

function fileView(file: LedgerFile): ImportFile {
  const { path, state, foreignName, chatId, size, messages, added, known, error } = file
  return {
    path,
    state,
    channel: foreignName,
    chatId,
    bytesDone: bytesDone(file),
    bytesTotal: size,
    messages,
    added,
    known,
    error,
  }
}

const bytesDone = ({ state, size, position }: LedgerFile): number =>
  state === 'done' ? size : Math.min(position, size)

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of all)
    for (const [reason, count] of Object.entries(one)) counts[reason] = (counts[reason] ?? 0) + count
  return counts
}
