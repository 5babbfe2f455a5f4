import { describe, expect, it } from 'vitest'
import { Pace } from '../../../../src/main/distribution/codex/embedded/pace.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function scene(rate: number | null) {
  const clock = new FakeClock()
  const pace = new Pace(clock, rate)
  const gone: string[] = []
  const take = (name: string, bytes: number) => void pace.take(bytes).then(() => gone.push(name))
  return { clock, pace, gone, take }
}

describe('a limit on bytes a second', () => {
  it('lets through so many in the long run, in the order in which they came', async () => {
    const { clock, gone, take } = scene(1000)
    for (let n = 0; n < 10; n += 1) take(`${n}`, 500)
    await clock.advance(2000)
    expect(gone).toEqual(['0', '1', '2', '3', '4'])
    await clock.advance(3000)
    expect(gone.length).toBe(10)
    expect(clock.pending).toBe(0)
  })

  it('saves up little while nothing moves', async () => {
    const { clock, gone, take } = scene(1000)
    await clock.advance(3_600_000)
    for (let n = 0; n < 4; n += 1) take(`${n}`, 500)
    await clock.advance(0)
    expect(gone).toEqual(['0'])
  })

  it('can be changed for those that wait, and be lifted', async () => {
    const { clock, pace, gone, take } = scene(10)
    take('a', 10_000)
    take('b', 10_000)
    take('c', 10_000)
    await clock.advance(1000)
    expect(gone).toEqual(['a'])
    pace.set(10_000)
    await clock.advance(1000)
    expect(gone).toEqual(['a', 'b'])
    pace.end()
    await clock.advance(0)
    expect(gone).toEqual(['a', 'b', 'c'])
  })
})
