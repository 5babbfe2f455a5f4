/**
 * The loop: draws an input, gives it to the target, and looks at what came of it. Which refusals inputs reach leads the
 * search, for want of a look into the code: an input that is refused with a sentence never read before becomes a seed.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { chanceOf } from './chance.ts'
import { mutated } from './mutate.ts'
import { refusalOf, type Target, Unstable } from './target.ts'

/** ms that one input may take. */
export const longest = 1000
/** bytes that a run may hold on to beyond what it began with. */
export const most = 200 * 2 ** 20
/** Inputs that became seeds. */
const learnedAtMost = 400
/** bytes of one that may */
const usualLength = 4096
/** Inputs between two looks at the memory; one that took long is followed by a look, too. */
const lookEvery = 4096
const lookAfter = 20

export interface Find {
  readonly target: string
  readonly what: 'crash' | 'hang' | 'memory' | 'unstable'
  readonly detail: string
  readonly input: Uint8Array
}

export interface Report {
  readonly target: string
  readonly inputs: number
  readonly accepted: number
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>
  readonly milliseconds: number
  /** ms of the slowest input */
  readonly worst: number
  /** bytes held after a forced collection, beyond those at the beginning */
  readonly held: number
  readonly find: Find | null
}

export interface Options {
  readonly inputs: number
  readonly seed: number
  /** Told of every input before it is tried, so that somebody knows which one did not end. */
  readonly trying?: (input: Uint8Array) => void
  /** Whether to collect what is garbage and see what is left: where other things live in the heap, that is slow. */
  readonly weighed?: boolean
}

export async function fuzz(
  target: Target,
  { inputs, seed, trying = () => {}, weighed = true }: Options,
): Promise<Report> {
  const held = weighed ? heldNow : () => 0
  const chance = chanceOf(seed)
  const given = target.seeds()
  if (given.length === 0) throw new Error(`${target.name} has no valid input to begin with`)
  const [refused, read]: [Map<string, number>, Set<string>] = [new Map(), new Set()]
  let [accepted, worst, done, learned] = [0, 0, 0, 0]
  let find: Find | null = null

  /** Undefined if it was accepted. */
  const attempt = async (input: Uint8Array): Promise<{ reason: string; sentence: string } | undefined> => {
    try {
      const answer = target.run(input)
      const reason = answer instanceof Promise ? await answer : answer
      return reason === undefined ? undefined : { reason, sentence: reason }
    } catch (error) {
      const reason = refusalOf(error)
      if (reason !== null && error instanceof Error) return { reason, sentence: error.message }
      const what = error instanceof Unstable ? 'unstable' : 'crash'
      find = { target: target.name, what, detail: await detailOf(target, input, error), input: new Uint8Array(input) }
      return { reason: 'found', sentence: 'found' }
    }
  }

  const valid: Uint8Array[] = []
  for (const input of given) if ((await attempt(input)) === undefined) valid.push(input)
  // What is accepted is drawn as often as all the rest: what a decoder does with the other inputs is soon seen.
  const seeds = [
    ...given,
    ...(valid.length === 0 ? [] : given.map((_, at) => valid[at % valid.length] ?? new Uint8Array())),
  ]
  const before = held()
  const began = performance.now()
  for (; done < inputs && find === null; done += 1) {
    const input = mutated(seeds, chance)
    trying(input)
    const started = performance.now()
    const refusal = await attempt(input)
    const took = performance.now() - started
    if (took > worst) worst = took
    if (refusal === undefined) accepted += 1
    else {
      refused.set(refusal.reason, (refused.get(refusal.reason) ?? 0) + 1)
      if (learned < learnedAtMost && input.length <= usualLength && isNews(refusal.sentence, read)) {
        seeds.push(new Uint8Array(input))
        learned += 1
      }
    }
    if (took > longest) find ??= { target: target.name, what: 'hang', detail: `${took.toFixed(0)} ms`, input }
    const looks = weighed && (took > lookAfter || done % lookEvery === 0)
    if (looks && inUse() - before > most && held() - before > most)
      find ??= { target: target.name, what: 'memory', detail: `${held() - before} bytes are held`, input }
  }
  const milliseconds = performance.now() - began
  const counts = Object.fromEntries([...refused].toSorted(([, a], [, b]) => b - a))
  return {
    ...{ target: target.name, inputs: done, accepted, refused: counts, milliseconds, worst },
    ...{ held: Math.max(0, held() - before), find },
  }
}

/** Whether a sentence is new but for its numbers. */
function isNews(sentence: string, read: Set<string>): boolean {
  const shape = sentence.replaceAll(/\d+/g, '#')
  if (read.has(shape)) return false
  read.add(shape)
  return true
}

/** Once more, with a stack this time: threads of the fuzzer do without, as refusals are made by the million. */
async function detailOf(target: Target, input: Uint8Array, first: unknown): Promise<string> {
  Error.stackTraceLimit = 20
  try {
    await target.run(input)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  return `only once: ${String(first)}`
}

const inUse = (): number => {
  const { used_heap_size: heap, external_memory: beside } = getHeapStatistics()
  return heap + beside
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** bytes in use after a collection. */
function heldNow(): number {
  collect()
  return inUse()
}
