/**
 * Named places where a test may kill the process, once before and once after each durable step (RULES.md R8.2).
 * Nothing happens unless one was armed. Threads started by `spawnWorker` inherit what is armed at that moment.
 */
import { isMainThread, workerData } from 'node:worker_threads'

/** Key under which `spawnWorker` hands the armed point to a new thread. */
export const crashPointKey = 'chronicle:crash-point'

interface Armed {
  readonly name: string
  /** Times the point is still to be passed unharmed. */
  skip: number
}

let armed: Armed | null = isMainThread ? null : parse(inherited())

/**
 * Arms one point: `name`, or `name@3` to be killed when it is reached for the third time. Null disarms.
 * A second call replaces the first.
 */
export function armCrashPoint(point: string | null): void {
  armed = parse(point)
}

/** What is armed now, in the form that `armCrashPoint` takes; for handing on to a thread. */
export function armedCrashPoint(): string | null {
  return armed === null ? null : `${armed.name}@${armed.skip + 1}`
}

/** Marks a place in the code. When it is armed, the whole process dies here as by a power cut: SIGKILL, no clean-up. */
export function crashPoint(name: string): void {
  if (armed === null || armed.name !== name) return
  if (armed.skip > 0) {
    armed.skip -= 1
    return
  }
  process.kill(process.pid, 'SIGKILL')
}

function parse(point: string | null): Armed | null {
  if (point === null || point === '') return null
  const [name = point, count] = point.split('@')
  return { name, skip: count === undefined ? 0 : Math.max(0, Number(count) - 1) }
}

function inherited(): string | null {
  const data: unknown = workerData
  if (typeof data !== 'object' || data === null || !(crashPointKey in data)) return null
  const point = data[crashPointKey]
  return typeof point === 'string' ? point : null
}
