/**
 * A dishonest owner's swarms in a process of their own: `liar-child.ts '<json>'`. Making an index of a hundred thousand
 * lies takes seconds, in which whoever measures the member would measure itself.
 */
import type { Place } from './hostile-records.ts'
import { type Lie, type LieName, Swarms, type Week } from './lies.ts'

export interface LiarTask {
  readonly folder: string
}
export interface ToLiar {
  readonly place: Place
  readonly weeks: readonly Week[]
  readonly lie: LieName | null
}
export type FromLiar = { readonly published: Lie } | { readonly failed: string }

// The parent's own words.
const { folder } = JSON.parse(process.argv[2] ?? '{}') as LiarTask
const swarms = new Swarms(folder)
const say = (words: FromLiar) => process.send?.(words)

process.on('disconnect', () => process.exit(0))
process.on('message', ({ place, weeks, lie }: ToLiar) => {
  void swarms.publish(place, weeks, lie ?? undefined).then(
    (published) => say({ published }),
    (error: unknown) => say({ failed: String(error) }),
  )
})
