/**
 * What carrying and storing by Codex costs beyond what it cannot do without: RULES.md R8.3. Two processes on this
 * machine take turns in carrying raw bytes over the engine's libp2p host and a dataset between two engines; storing a
 * dataset takes turns with hashing the same bytes, and with writing them to a file and waiting for the disk.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Library } from '../../src/main/distribution/codex/embedded/library.ts'
import type { StagedArchive } from '../../src/main/distribution/engine.ts'
import { communityA, stage } from '../support/torrent.ts'
import type { CarrierOrder, CarrierReady, CarrierTask } from './support/codex-carrier.ts'
import { type Figure, figure, holds, median, table, timed, writeReport } from './support/figures.ts'

const MiB = 1024 * 1024
const FULL = 100
/** MiB; fewer to try something out, and then nothing is written down. */
const SIZE = Number(process.env.CHRONICLE_BENCH_MIB ?? FULL)
const bytes = SIZE * MiB
const ROUNDS = 7
/** Figures when nothing was left out or broke. */
const ALL = 2

const meaning = `
- **Carrying**: ${SIZE} MiB from one process to another on this machine, the connection being there already. Raw bytes go
  in pieces of 64 KiB over one stream of the engine's own libp2p host (TCP, noise, yamux). The dataset goes between two
  engines in their threads: manifest, requests, every block read and verified on one side, verified against the tree,
  written, noted and made durable on the other.
- **Storing**: the same bytes out of a file into the engine's library: cut, hashed, treed, written, made durable, and
  entered in its catalogue. Against it the slower of hashing them in memory and writing them to a file with an fsync.
`

let scratch: string
let staged: StagedArchive
const ends: Carrier[] = []
const figures: Figure[] = []

/** A process that carries. */
class Carrier {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(task: CarrierTask) {
    const file = new URL('./support/codex-carrier.ts', import.meta.url).pathname
    this.#child = spawn(process.execPath, [file, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('a child without an output')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    ends.push(this)
  }

  async ready(): Promise<CarrierReady> {
    return (await this.#next()) as CarrierReady
  }

  /** @returns ms */
  async carry(order: CarrierOrder): Promise<number> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
    return ((await this.#next()) as { took: number }).took
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  async #next(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('The carrier ended.')
    return JSON.parse(value)
  }
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'chronicle-bench-codex-'))
  staged = await stage(join(scratch, 'staged'), 0, bytes)
})

afterAll(async () => {
  for (const end of ends) await end.end()
  rmSync(scratch, { recursive: true, force: true })
  console.log(`\n${table(figures)}\n`)
  if (figures.length === ALL && SIZE === FULL) writeReport('Codex', figures, meaning)
})

function show(one: Figure): void {
  figures.push(one)
  expect(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

/** MiB/s */
const rates = (times: readonly number[]) => times.map((ms) => SIZE / (ms / 1000))
const about = (ours: readonly number[], theirs: readonly number[]) =>
  `${Math.round(median(ours))} and ${Math.round(median(theirs))} MiB/s`

async function pair(kind: 'raw' | 'engine') {
  const task = { communityId: communityA, kind }
  const giver = new Carrier({ ...task, folder: join(scratch, `${kind}-giver`), gives: staged })
  const getter = new Carrier({ ...task, folder: join(scratch, `${kind}-getter`), gives: null })
  const order = { ...(await giver.ready()), bytes }
  await getter.ready()
  return () => getter.carry(order)
}

describe(`${SIZE} MiB by Codex`, () => {
  it('are carried at a good part of what the same stack carries', async () => {
    const [raw, engine] = [await pair('raw'), await pair('engine')]
    await raw()
    await engine()
    const [rawTimes, engineTimes]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      rawTimes.push(await raw())
      engineTimes.push(await engine())
    }
    for (const end of ends.splice(0)) await end.end()
    const [ours, theirs] = [rates(engineTimes), rates(rawTimes)]
    const name = 'Carrying a dataset, over raw bytes on the same libp2p stack'
    show(figure({ name, limit: { atLeast: 0.6 }, sides: about(ours, theirs) }, ours, theirs))
  })

  it('are stored at a good part of what the disk and the hash take', async () => {
    const data = await readFile(staged.file)
    const times: Record<'store' | 'write' | 'hash', number[]> = { store: [], write: [], hash: [] }
    for (let round = -1; round < ROUNDS; round += 1) {
      const took = {
        write: await timed(() => plainWrite(join(scratch, 'plain'), data)),
        store: await store(join(scratch, `library-${round}`)),
        hash: await timed(() => createHash('sha256').update(data).digest()),
      }
      if (round < 0) continue // everything is warm from here on
      for (const kind of ['store', 'write', 'hash'] as const) times[kind].push(took[kind])
    }
    const slower = median(times.write) > median(times.hash) ? times.write : times.hash
    const [ours, theirs] = [rates(times.store), rates(slower)]
    const what = slower === times.write ? 'writing with fsync' : 'hashing'
    const name = 'Storing a dataset, over the slower of hashing and writing'
    show(figure({ name, limit: { atLeast: 0.5 }, sides: `${about(ours, theirs)} (${what})` }, ours, theirs))
  })
})

async function plainWrite(path: string, data: Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  for (let at = 0; at < data.length; at += MiB) await file.write(data, at, Math.min(MiB, data.length - at))
  await file.sync()
  await file.close()
  await rm(path)
}

/** Only the storing counts, not the opening of an empty library. */
async function store(root: string): Promise<number> {
  const library = await Library.open(root)
  const names = { filename: 'archive-data.bin', mimetype: 'application/octet-stream', format: 'v0' } as const
  const source = createReadStream(staged.file, { highWaterMark: MiB })
  const took = await timed(() => library.store(source, { community: communityA, ...names }))
  library.close()
  rmSync(root, { recursive: true })
  return took
}
