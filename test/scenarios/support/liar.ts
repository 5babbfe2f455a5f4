/** A dishonest owner as its test holds it: a process that publishes what it is told to, honest or not. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Place } from './hostile-records.ts'
import type { FromLiar, LiarTask, ToLiar } from './liar-child.ts'
import type { Lie, LieName, Week } from './lies.ts'

export class Liar {
  readonly #process: ChildProcess

  constructor(folder: string) {
    const child = fileURLToPath(new URL('./liar-child.ts', import.meta.url))
    // Bytes cross as bytes.
    this.#process = fork(child, [JSON.stringify({ folder } satisfies LiarTask)], { serialization: 'advanced' })
  }

  /** One at a time. */
  async publish(place: Place, weeks: readonly Week[], lie: LieName | null = null): Promise<Lie> {
    this.#process.send({ place, weeks, lie } satisfies ToLiar)
    const [words] = (await once(this.#process, 'message')) as [FromLiar]
    if ('failed' in words) throw new Error(words.failed)
    return words.published
  }

  close(): void {
    this.#process.kill('SIGKILL')
  }
}
