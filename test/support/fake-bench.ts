/** The bench of the node that is not there: people who log in and out at once, and a scenario of two steps that fails. */
import type { Bench, BenchSignal, EventName, EventPayload, Handlers } from '../../src/shared/contract.ts'
import type { Millis } from '../../src/shared/domain.ts'

export interface FakeBenchParts {
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  now(): number
  readonly signals: readonly BenchSignal[]
  /** Answers what is asked of one of its people. */
  ask(name: string, input: unknown): Promise<unknown>
}

export const fakeServiceAddress = '/ip4/127.0.0.1/tcp/60001/p2p/16Uiu2HAmFake'

export function fakeBench({ emit, now, signals, ask }: FakeBenchParts) {
  let people: Bench['people'] = []
  let isServing = false
  let run: Bench['run'] = null
  const show = (): Bench => ({
    service: { state: isServing ? 'on' : 'off', addresses: isServing ? [fakeServiceAddress] : [], trouble: '' },
    people,
    run,
    now: now() as Millis,
  })
  const told = (): Bench => {
    emit('bench.changed', show())
    return show()
  }
  const put = (id: string, state: Bench['people'][number]['state']): Bench => {
    people = people.map((person) => (person.id === id ? { ...person, state } : person))
    return told()
  }
  return {
    'bench.show': async () => show(),
    'bench.add': async ({ name }) => {
      isServing = true
      people = [...people, { id: `b${people.length + 1}`, name, state: 'logged-in', trouble: '' }]
      return told()
    },
    'bench.login': async ({ id }) => put(id, 'logged-in'),
    'bench.logout': async ({ id }) => put(id, 'logged-out'),
    'bench.service': async ({ on }) => {
      isServing = on
      return told()
    },
    'bench.ask': ({ name, input }) => ask(name, input),
    'bench.signals': async ({ person, name, limit }) => ({
      lines: signals
        .filter((line) => person === undefined || line.person === person)
        .filter((line) => name === undefined || line.name === name)
        .slice(0, limit),
      dropped: 0,
    }),
    'bench.run': async ({ engine }) => {
      const startedAt = now() as Millis
      const step = { done: 0, total: 0, startedAt, took: 1_200 }
      run = {
        ...{ state: 'failed', engine, startedAt },
        steps: [
          { ...step, title: 'Start a service node and an owner', state: 'passed', detail: '2 addresses' },
          { ...step, title: 'Post every message over Waku', state: 'failed', detail: 'No node answered.' },
        ],
      }
      return told()
    },
    'bench.stop': async () => told(),
    'bench.clear': async () => {
      people = []
      isServing = false
      told()
    },
    'diagnostics.show': async () => ({ text: '{ "chronicle": "0.1.0" }' }),
  } satisfies Partial<Handlers>
}
