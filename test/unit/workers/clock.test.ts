import { describe, expect, it } from 'vitest'
import { systemClock, wait } from '../../../src/main/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('the clock of tests', () => {
  it('fires timers in the order of their times, each at its own, also those set on the way', async () => {
    const clock = new FakeClock(1000)
    const fired: [string, number][] = []
    const note = (name: string) => () => fired.push([name, clock.now()])
    clock.setTimer(300, note('c'))
    clock.setTimer(100, () => {
      note('a')()
      clock.setTimer(50, note('b'))
    })
    clock.setTimer(100, note('a too'))
    clock.setTimer(1000, note('never'))
    await clock.advance(500)
    expect(fired).toEqual([
      ['a', 1100],
      ['a too', 1100],
      ['b', 1150],
      ['c', 1300],
    ])
    expect({ now: clock.now(), pending: clock.pending, nextIn: clock.nextIn }).toEqual({
      now: 1500,
      pending: 1,
      nextIn: 500,
    })
  })

  it('lets promises go on between timers', async () => {
    const clock = new FakeClock(0)
    const times: number[] = []
    const walk = (async () => {
      for (let n = 0; n < 3; n += 1) {
        await wait(clock, 10)
        times.push(clock.now())
      }
    })()
    await clock.advance(100)
    await walk
    expect(times).toEqual([10, 20, 30])
  })

  it('forgets a timer that was taken back', async () => {
    const clock = new FakeClock()
    let fired = false
    const cancel = clock.setTimer(1, () => {
      fired = true
    })
    cancel()
    cancel()
    await clock.advance(10)
    expect({ fired, pending: clock.pending }).toEqual({ fired: false, pending: 0 })
  })
})

describe('waiting', () => {
  it('ends with the signal’s reason and leaves no timer', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const waiting = wait(clock, 1000, controller.signal)
    controller.abort(new Error('no longer needed'))
    await expect(waiting).rejects.toThrow('no longer needed')
    expect(clock.pending).toBe(0)
    await expect(wait(clock, 1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    expect(clock.pending).toBe(0)
  })
})

describe('the system’s clock', () => {
  it('does not fire a timer of months at once', async () => {
    let fired = false
    const cancel = systemClock.setTimer(60 * 86_400_000, () => {
      fired = true
    })
    await new Promise<void>((resolve) => systemClock.setTimer(5, resolve))
    cancel()
    expect(fired).toBe(false)
  })
})
