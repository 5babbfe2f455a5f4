import { describe, expect, it } from 'vitest'
import { SharedTasks, type TaskContext } from '../../../src/main/distribution/torrent/shared-tasks.ts'

function held() {
  const contexts: TaskContext[] = []
  const result = Promise.withResolvers<string>()
  const begin = (context: TaskContext) => {
    contexts.push(context)
    context.signal.addEventListener('abort', () => result.reject(context.signal.reason))
    return result.promise
  }
  return { contexts, result, begin }
}

describe('SharedTasks', () => {
  it('runs once for all who ask for the same, and tells each the progress', async () => {
    const tasks = new SharedTasks<string>()
    const { contexts, result, begin } = held()
    const seen: string[] = []
    const one = tasks.join('a', begin, { onProgress: ({ done }) => seen.push(`one ${done}`) })
    await Promise.resolve()
    contexts[0]?.progress({ done: 1, total: 2 })
    const two = tasks.join('a', begin, { onProgress: ({ done }) => seen.push(`two ${done}`) })
    contexts[0]?.progress({ done: 2, total: 2 })
    result.resolve('whole')
    expect(await Promise.all([one, two])).toEqual(['whole', 'whole'])
    expect(contexts).toHaveLength(1)
    expect(seen).toEqual(['one 1', 'two 1', 'one 2', 'two 2'])
    expect(tasks.size).toBe(0)
  })

  it('goes on when one of two leaves, and is cancelled when the last has left', async () => {
    const tasks = new SharedTasks<string>()
    const { contexts, begin } = held()
    const first = new AbortController()
    const second = new AbortController()
    const one = tasks.join('a', begin, { signal: first.signal })
    const two = tasks.join('a', begin, { signal: second.signal })
    first.abort()
    await expect(one).rejects.toMatchObject({ name: 'EngineError', code: 'aborted' })
    expect(contexts[0]?.signal.aborted).toBe(false)
    second.abort()
    await expect(two).rejects.toMatchObject({ code: 'aborted' })
    expect(contexts[0]?.signal.aborted).toBe(true)
  })

  it('begins anew after a failure', async () => {
    const tasks = new SharedTasks<string>()
    await expect(tasks.join('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await tasks.join('a', () => Promise.resolve('yes'))).toBe('yes')
  })

  it('does not begin for one who was cancelled before', async () => {
    const tasks = new SharedTasks<string>()
    const { contexts, begin } = held()
    await expect(tasks.join('a', begin, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    expect(contexts).toHaveLength(0)
  })
})
