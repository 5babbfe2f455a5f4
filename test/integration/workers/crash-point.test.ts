import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const child = fileURLToPath(new URL('../../support/crash-child.ts', import.meta.url))
function run(point: string, where = 'here') {
  const { signal, stderr } = spawnSync(process.execPath, [child, point, where], { encoding: 'utf8' })
  return { signal, passed: stderr }
}

describe('R8.2 a crash point', () => {
  it('does nothing unless it is armed', () => {
    expect(run('')).toEqual({ signal: null, passed: '123' })
    expect(run('another:before')).toEqual({ signal: null, passed: '123' })
  })

  it('kills the process before or after the step', () => {
    expect(run('step:before')).toEqual({ signal: 'SIGKILL', passed: '' })
    expect(run('step:after')).toEqual({ signal: 'SIGKILL', passed: '1' })
  })

  it('kills when it is reached for the n-th time', () => {
    expect(run('step:before@3')).toEqual({ signal: 'SIGKILL', passed: '12' })
    expect(run('step:after@4')).toEqual({ signal: null, passed: '123' })
  })

  it('is inherited by threads, and kills all of the process from there', () => {
    expect(run('step:before', 'thread')).toMatchObject({ signal: 'SIGKILL' })
  })
})
