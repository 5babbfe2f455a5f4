/**
 * What issue and README promise a member: from joining to reading within seconds, and all of ten years soon after. One
 * service node, one owner who does nothing but seed, one member in a process of its own, all on this machine.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { indexCodec } from '../../src/main/archives/index.ts'
import { systemClock } from '../../src/main/clock.ts'
import { type Inhabitant, moveIn } from '../../src/main/demo/inhabitant.ts'
import type { StagedArchive } from '../../src/main/distribution/engine.ts'
import { startServiceNode } from '../../src/main/node/index.ts'
import { iterateArchive } from '../../src/main/wire/index.ts'
import type { Community, Seconds } from '../../src/shared/domain.ts'
import { bigHistory, markOf, WEEK } from './support/big-history.ts'
import { type Figure, figure, holds, median, table, writeReport } from './support/figures.ts'
import type { MemberReport, MemberTask } from './support/member-child.ts'
import { recoverers, signedIn } from './support/recovering.ts'

const FULL = 1_000_000
/** Fewer to try something out; then nothing is written down. */
const MESSAGES = Number(process.env.CHRONICLE_BENCH_MESSAGES ?? FULL)
/** As many as the member's importer has. */
const THREADS = 2
/** Of how many messages keccak and signatures are timed; the rest of the history costs as much for each. */
const SAMPLE = Math.min(MESSAGES, 100_000)
/** As many as there are when nothing was left out or broke. */
const ALL = 5
const meaning = `
- ${MESSAGES.toLocaleString('en')} messages in 520 weekly archives; the owner only seeds. The member is a program of its
  own that joins by the community's id, over Waku and BitTorrent; all times count from its request to join.
- **Keccak and recovery alone**: the signatures of the same messages, on as many threads as the member's importer has,
  before the member and after it (of ${SAMPLE.toLocaleString('en')} messages, times ${MESSAGES / SAMPLE}).
- **A page asked for meanwhile**: twenty times a second at the API, counted from when it was due.
`
const corpora = ['../shared/corpus/community-log.ndjson.gz', 'resources/sample/community.ndjson']
const corpus = corpora.map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))).find(existsSync) ?? ''

let scratch: string
const closing: (() => Promise<unknown>)[] = []
let report: Awaited<ReturnType<typeof member>>
/** ms that keccak and recovery alone take for the whole history, before the member and after it. */
const alone: number[] = []
const figures: Figure[] = []

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'chronicle-bench-member-'))
  const service = await startServiceNode({ storeFile: join(scratch, 'service.sqlite'), identityFile: null })
  closing.push(() => service.stop())
  const nodes = await service.service.addresses()
  const owner = await moveIn({ root: join(scratch, 'owner'), name: 'Owner', nodes, engines: ['torrent'] })
  closing.push(() => owner.close())
  const community = await owner.node.communities.create({
    name: 'Ten years',
    description: '',
    color: '#1f2c75',
    channels: [{ name: 'general' }],
    historyArchives: false,
  })
  const [channel] = community.channels
  if (channel === undefined) throw new Error('a community without a channel')
  const folder = join(scratch, 'staged')
  mkdirSync(folder)
  const end = (Math.floor(systemClock.now() / 1000 / WEEK) * WEEK) as Seconds
  const { id: communityId } = community
  const input = { communityId, chatIds: [channel.chatId], folder, corpus, messages: MESSAGES, end, threads: THREADS }
  const staged = await bigHistory(input)
  const { recoverAll, end: endRecovery } = await recoverers(sample(staged), THREADS)
  const measureAlone = async () => {
    const began = performance.now()
    await recoverAll()
    alone.push(((performance.now() - began) * MESSAGES) / SAMPLE)
  }
  await publish(owner, community, staged)
  rmSync(folder, { recursive: true })
  for (let round = 0; round < 4; round += 1) await measureAlone()
  report = await member({
    folder: join(scratch, 'member'),
    nodes: [...nodes],
    communityId,
    chatId: channel.chatId,
    archives: staged.length,
    messages: MESSAGES,
    newest: markOf(MESSAGES - 1),
    oldest: markOf(0),
  })
  for (let round = 0; round < 4; round += 1) await measureAlone()
  await endRecovery()
}, 3_000_000)

afterAll(async () => {
  for (const step of closing.reverse()) await step()
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
  console.log(`\n${table(figures)}\n`)
  if (figures.length === ALL && MESSAGES === FULL) writeReport('A member of ten years', figures, meaning)
})

function show(one: Figure): void {
  figures.push(one)
  expect(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const about = (ms: number) => `${seconds(ms)} and ${seconds(median(alone))}`

describe(`a member of a community with ${MESSAGES} messages`, () => {
  it('reads the newest week within seconds', () => {
    const name = 'From joining to reading the newest week, s'
    show(figure({ name, limit: { atMost: 5 }, sides: seconds(report.readable) }, [report.readable / 1000], [1]))
  })

  it('has everything imported in a small multiple of what its signatures take', () => {
    const name = 'Everything imported, over keccak and recovery alone on as many threads'
    const each = alone.map(() => report.imported)
    show(figure({ name, limit: { atMost: 2.5 }, sides: about(report.imported) }, each, alone))
  })

  it('finds everything soon after', () => {
    const name = 'Everything searchable, over keccak and recovery alone on as many threads'
    const each = alone.map(() => report.searchable)
    show(figure({ name, limit: { atMost: 3 }, sides: about(report.searchable) }, each, alone))
  })

  it('stays small', () => {
    const megabytes = report.pss / 1e6
    const name = 'Peak memory (PSS) of the member’s program, MB'
    show(figure({ name, limit: { atMost: 700 }, sides: `${Math.round(megabytes)} MB` }, [megabytes], [1]))
  })

  it('answers all the while', () => {
    const sorted = report.answers.toSorted((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
    const sides = `p50 ${median(sorted).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${sorted.length} pages`
    show(figure({ name: 'A page asked for meanwhile, p99, ms', limit: { atMost: 50 }, sides }, [p99], [1]))
  })
})

/** Straight to the engine and the rows: an owner who made all this long ago, and only seeds it now. */
async function publish({ node }: Inhabitant, community: Community, staged: readonly StagedArchive[]): Promise<void> {
  const [engine] = node.engines.publishing()
  if (engine === undefined) throw new Error('the owner has no engine')
  const set = await engine.publish(community.id, null, staged, indexCodec('torrent'))
  const at = systemClock.now()
  await node.store.archives.commit({
    communityId: community.id,
    clock: at,
    at,
    announcement: null,
    engines: [
      {
        engine: 'torrent',
        link: set.link,
        committedBytes: set.committedBytes,
        entries: set.entries.map((entry) => ({ entry, part: null })),
      },
    ],
  })
  await node.setHistoryArchives(community.id, true)
  while (node.archives.loop(community.id).startedAs === null) await new Promise((resolve) => setTimeout(resolve, 20))
  await node.outbox.drained()
}

function sample(staged: readonly StagedArchive[]) {
  const signed: ReturnType<typeof signedIn>[] = []
  for (const { file } of staged) {
    for (const { payload } of iterateArchive(readFileSync(file)).records()) {
      if (signed.length === SAMPLE) return signed
      signed.push(signedIn(payload))
    }
  }
  return signed
}

/** With the greatest PSS (bytes) that was seen from outside, where asking for it keeps nobody waiting. */
async function member(task: MemberTask): Promise<MemberReport & { readonly pss: number }> {
  const script = fileURLToPath(new URL('./support/member-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let pss = 0
  const memory = setInterval(() => {
    pss = Math.max(pss, proportionalOf(child.pid))
  }, 500)
  let said = ''
  for await (const piece of child.stdout) said += piece
  clearInterval(memory)
  if (said === '') throw new Error(`the member said nothing and ended with ${child.exitCode}`)
  return { ...(JSON.parse(said) as MemberReport), pss }
}

/** bytes; 0 once it has ended. */
function proportionalOf(pid: number | undefined): number {
  try {
    const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return Number(found ?? 0) * 1024
  } catch {
    return 0
  }
}
