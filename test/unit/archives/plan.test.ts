import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FlavourIndex, type PlanInput, partitionKey, planDownload } from '../../../src/main/archives/plan.ts'
import type { ArchiveEntry } from '../../../src/main/distribution/engine.ts'
import type { ArchiveId, ArchiveState, EngineKind, Millis, Seconds } from '../../../src/shared/domain.ts'

const id = (name: string) => name as ArchiveId
const torrent = (name: string, from: number, to = from + 10, offset = from): ArchiveEntry => ({
  id: id(name),
  from: from as Seconds,
  to: to as Seconds,
  topics: [],
  locator: { kind: 'torrent', offset, size: 1, padding: 0 },
})
const codex = (name: string, from: number, to = from + 10): ArchiveEntry => ({
  ...torrent(name, from, to),
  locator: { kind: 'codex', cid: name },
})
const index = (engine: EngineKind, clock: number, ...entries: ArchiveEntry[]): FlavourIndex => ({
  engine,
  clock: clock as Millis,
  entries,
  refused: [],
})
const doubtful = (lying: FlavourIndex): FlavourIndex => ({
  ...lying,
  refused: [{ key: 'liar', reason: 'ID_MISMATCH', detail: '' }],
})
const held = (states: Record<string, ArchiveState>) =>
  new Map(Object.entries(states).map(([name, state]) => [id(name), state]))
const plan = (indexes: FlavourIndex[], change: Partial<PlanInput> = {}) =>
  planDownload({
    indexes,
    held: new Map(),
    wanted: { kind: 'all' },
    preference: { first: 'both', fallback: true },
    failing: new Set(),
    underWay: new Set(),
    ...change,
  })
const names = (planned: readonly { entry: ArchiveEntry }[]) => planned.map(({ entry }) => entry.id)

describe('a download plan', () => {
  it('brings the newest archive first, and of a split partition its newest chunk', () => {
    const { fetch } = plan([
      index('torrent', 1, torrent('a', 0), torrent('c1', 20, 30, 2), torrent('c2', 20, 30, 3), torrent('b', 10)),
    ])
    expect(names(fetch)).toEqual(['c2', 'c1', 'b', 'a'])
  })

  it('§13.3 tells new from known by ids: an index of equal length with other archives is news', () => {
    const { fetch, skipped } = plan([index('torrent', 1, torrent('x', 0), torrent('b', 10))], {
      held: held({ a: 'imported', b: 'imported' }),
    })
    expect(names(fetch)).toEqual(['x'])
    expect(skipped).toMatchObject([{ entry: { id: 'b' }, reason: 'here' }])
  })

  it('takes up again what was only named or half downloaded', () => {
    const states = held({ a: 'wanted', b: 'downloading', c: 'downloaded', d: 'waiting-for-key', e: 'importing' })
    const entries = ['a', 'b', 'c', 'd', 'e'].map((name, i) => torrent(name, i * 10))
    expect(names(plan([index('torrent', 1, ...entries)], { held: states }).fetch)).toEqual(['b', 'a'])
  })

  it('leaves what is not wanted for later', () => {
    const all = [index('torrent', 1, torrent('a', 0), torrent('b', 10), torrent('c', 20))]
    expect(names(plan(all, { wanted: { kind: 'latest' } }).fetch)).toEqual(['c'])
    const range = { kind: 'range', from: 5 as Seconds, to: 11 as Seconds } as const
    expect(names(plan(all, { wanted: range }).fetch)).toEqual(['b', 'a'])
  })

  it('a quarantined archive is not fetched again by itself', () => {
    const { fetch, skipped } = plan([index('torrent', 1, torrent('a', 0))], { held: held({ a: 'quarantined' }) })
    expect(fetch).toEqual([])
    expect(skipped).toMatchObject([{ reason: 'quarantined' }])
  })
})

describe('R5.2 with two flavours', () => {
  const both = [
    index('torrent', 5, torrent('t1', 0), torrent('t2', 10)),
    index('codex', 5, codex('c1', 0), codex('c2', 10)),
  ]

  it('a partition comes from one of them only, the preferred one', () => {
    expect(names(plan(both, { preference: { first: 'codex', fallback: true } }).fetch)).toEqual(['c2', 'c1'])
    expect(names(plan(both, { preference: { first: 'torrent', fallback: true } }).fetch)).toEqual(['t2', 't1'])
  })

  it('a partition that is under way goes on with its flavour, although the preferred one is there by now', () => {
    const preference = { first: 'codex', fallback: true } as const
    const underWay = new Set([partitionKey('torrent', { from: 10 as Seconds, to: 20 as Seconds })])
    expect(names(plan(both, { preference, underWay }).fetch)).toEqual(['t2', 'c1'])
    const halves = [
      index('torrent', 5, torrent('t1', 0), torrent('t1b', 0, 10, 5)),
      index('codex', 5, codex('c1', 0), codex('c1b', 0)),
    ]
    const begun = held({ t1: 'imported' })
    expect(names(plan(halves, { preference, held: begun }).fetch)).toEqual(['t1b'])
    // Until it has failed often enough.
    const failing = new Set([partitionKey('torrent', { from: 0 as Seconds, to: 10 as Seconds })])
    expect(names(plan(halves, { preference, held: begun, failing }).fetch)).toEqual(['c1', 'c1b'])
  })

  it('what is downloaded, and cannot be reached any more, comes from the other flavour', () => {
    const preference = { first: 'torrent', fallback: true } as const
    const failing = new Set([partitionKey('torrent', { from: 10 as Seconds, to: 20 as Seconds })])
    const stranded = held({ t1: 'imported', t2: 'downloaded' })
    expect(names(plan(both, { preference, held: stranded }).fetch)).toEqual([])
    expect(names(plan(both, { preference, held: stranded, failing }).fetch)).toEqual(['c2'])
    expect(names(plan(both, { preference, held: held({ t1: 'imported', t2: 'imported' }), failing }).fetch)).toEqual([])
  })

  it('what one flavour fails to bring comes from the other, partition by partition', () => {
    const failing = new Set([partitionKey('codex', { from: 10 as Seconds, to: 20 as Seconds })])
    expect(names(plan(both, { preference: { first: 'codex', fallback: true }, failing }).fetch)).toEqual(['t2', 'c1'])
  })

  it('a switch forbids the fall-back', () => {
    const failing = new Set([partitionKey('codex', { from: 10 as Seconds, to: 20 as Seconds })])
    expect(names(plan(both, { preference: { first: 'codex', fallback: false }, failing }).fetch)).toEqual(['c2', 'c1'])
  })

  it('a partition with a lying or a bad archive is taken whole from the other flavour', () => {
    const lying = [
      doubtful(index('torrent', 5, torrent('t1', 0), torrent('t2', 10))),
      index('codex', 5, codex('c1', 0), codex('c1b', 0), codex('c2', 10)),
    ]
    const preference = { first: 'torrent', fallback: true } as const
    expect(names(plan(lying, { preference }).fetch)).toEqual(['t2', 'c1', 'c1b'])
    const quarantined = plan(both, {
      held: held({ t1: 'quarantined' }),
      preference: { first: 'torrent', fallback: true },
    })
    expect(names(quarantined.fetch)).toEqual(['t2', 'c1'])
  })

  it('“have” is by partition and flavour: what is whole in one is not fetched again in the other', () => {
    const newer = [index('torrent', 9, torrent('t1', 0), torrent('t3', 20)), index('codex', 5, codex('c1', 0))]
    expect(names(plan(newer, { held: held({ c1: 'imported' }) }).fetch)).toEqual(['t3'])
  })

  it('what came by one flavour is not fetched again when only the other may be used from now on', () => {
    const states = held({ t1: 'imported' })
    expect(names(plan(both, { held: states, preference: { first: 'codex', fallback: false } }).fetch)).toEqual(['c2'])
  })

  it('a late archive that only the newer index lists is fetched', () => {
    const newer = [
      index('torrent', 9, torrent('t1', 0), torrent('t1late', 0, 10, 5)),
      index('codex', 5, codex('c1', 0)),
    ]
    expect(names(plan(newer, { held: held({ c1: 'imported' }) }).fetch)).toEqual(['t1late', 't1'])
  })
})

describe('for any indexes and any states', () => {
  const state = fc.constantFrom<ArchiveState | null>(
    null,
    'wanted',
    'downloading',
    'downloaded',
    'imported',
    'quarantined',
  )
  const entry = fc.record({
    part: fc.nat(6),
    engine: fc.constantFrom<EngineKind>('torrent', 'codex'),
    state,
  })

  it('every good entry is planned once or skipped with a reason, and no partition mixes flavours', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 30 }),
        fc.constantFrom<EngineKind | 'both'>('torrent', 'codex', 'both'),
        (given, first) => {
          const made = given.map((one, i) => ({
            ...one,
            entry: (one.engine === 'torrent' ? torrent : codex)(`${i}`, one.part * 10),
          }))
          const of = (engine: EngineKind) => made.filter((one) => one.engine === engine).map((one) => one.entry)
          const states = new Map<ArchiveId, ArchiveState>()
          for (const one of made) if (one.state !== null) states.set(one.entry.id, one.state)
          const result = plan([index('torrent', 2, ...of('torrent')), index('codex', 1, ...of('codex'))], {
            held: states,
            preference: { first, fallback: true },
          })
          const seen = [...names(result.fetch), ...names(result.skipped)]
          expect(seen.sort()).toEqual(made.map((one) => one.entry.id).sort())
          const flavours = new Map<number, EngineKind>()
          for (const { engine, entry: planned } of result.fetch) {
            expect(flavours.get(planned.from) ?? engine).toBe(engine)
            flavours.set(planned.from, engine)
          }
          const ends = result.fetch.map(({ entry: planned }) => planned.to)
          expect(ends).toEqual([...ends].sort((a, b) => b - a))
        },
      ),
      { numRuns: 100 },
    )
  })
})
