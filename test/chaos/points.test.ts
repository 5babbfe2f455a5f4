import { describe, expect, it } from 'vitest'
import { crashPointsInSource } from './support/crash-points.ts'
import { scenariosOf } from './support/scenarios.ts'

describe('R8.2 the crash points in the sources', () => {
  const points = crashPointsInSource()

  it('are each passed by a scenario', () => {
    expect(points.length).toBeGreaterThan(0)
    for (const point of points) scenariosOf(point)
  })

  it('stand both before and after their step', () => {
    const steps = (side: string) => points.filter((point) => point.endsWith(side)).map((point) => point.split(':')[0])
    expect(steps(':before')).toEqual(steps(':after'))
  })
})
