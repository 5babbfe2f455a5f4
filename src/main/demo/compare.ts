/** Compares what a member has with what was said: same ids, authors, times, texts and channels, nothing more or less. */
import type { HistoryLine } from './speaker.ts'

export interface Comparison {
  readonly identical: boolean
  readonly missing: number
  readonly unexpected: number
  readonly different: number
  /** The first few differences, for a person. */
  readonly examples: readonly string[]
}

const EXAMPLES = 5
const fields = ['channel', 'author', 'timestamp', 'text'] as const

export function compareHistories(said: readonly HistoryLine[], restored: readonly HistoryLine[]): Comparison {
  const examples: string[] = []
  const note = (sentence: string): void => {
    if (examples.length < EXAMPLES) examples.push(sentence)
  }
  const left = new Map(restored.map((line) => [line.id, line]))
  // A message twice in either history would hide behind the map.
  let unexpected = restored.length - left.size
  let missing = 0
  let different = 0
  for (const line of said) {
    const found = left.get(line.id)
    if (found === undefined) {
      missing += 1
      note(`${line.id} by ${line.author} is missing`)
      continue
    }
    left.delete(line.id)
    const field = fields.find((name) => found[name] !== line[name])
    if (field === undefined) continue
    different += 1
    note(`${line.id} has another ${field}`)
  }
  unexpected += left.size
  for (const id of left.keys()) note(`${id} was never said`)
  return { identical: missing + unexpected + different === 0, missing, unexpected, different, examples }
}
