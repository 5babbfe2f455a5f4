/**
 * What a history costs by BitTorrent, against libtorrent on both ends: `npm run bench -- torrent`. Every end is a process
 * of its own on this machine, and begins with nothing but a link. CHRONICLE_BENCH_FULL=1 takes 500 MB.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StagedArchive } from '../../src/main/distribution/engine.ts'
import { libtorrent, libtorrentCommand } from '../support/foreign-clients.ts'
import { communityA, stage } from '../support/torrent.ts'
import { type Figure, FULL_SIZE, figure, holds, median, table, writeReport } from './support/figures.ts'
import type { EndTask, GettingEnd, GivingEnd } from './support/torrent-end.ts'

const PIECE = 102_400
const MB = 1_000_000
const ARCHIVES = FULL_SIZE ? 20 : 2
const SIZE = (ARCHIVES * 250 * PIECE) / MB
const ROUNDS = FULL_SIZE ? 7 : 5

const meaning = `
- ${SIZE.toFixed(0)} MB in ${ARCHIVES} archives, pieces of 102,400 bytes; from one process to another on this machine, by the link
  alone: connecting, the torrent's description, the index and every archive, verified. Files lie in memory (/dev/shm).
- **libtorrent to libtorrent** has the same torrent, in every round, as the limit of each of the three.
`
const names = {
  ownerToMember: 'owner to member',
  ownerToLibtorrent: 'owner to libtorrent',
  libtorrentToMember: 'libtorrent to member',
} as const

type Way = keyof typeof names | 'libtorrentToLibtorrent'

let scratch: string
const running: ChildProcess[] = []
const figures: Figure[] = []
const times: Record<Way, number[]> = {
  ownerToMember: [],
  ownerToLibtorrent: [],
  libtorrentToMember: [],
  libtorrentToLibtorrent: [],
}

beforeAll(() => {
  // In memory where there is such a place: the programs are compared, not what the disk is busy with.
  scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chronicle-bench-torrent-'))
})

afterAll(async () => {
  for (const child of running) {
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
  rmSync(scratch, { recursive: true, force: true })
  console.log(`\n${table(figures)}\n`)
  if (figures.length > 0) writeReport('BitTorrent', figures, meaning)
})

function start(command: string, args: readonly string[]): { readonly child: ChildProcess; line(): Promise<string> } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} ended without a word`)
    return value
  }
  return { child, line }
}

function end(task: EndTask) {
  const file = new URL('./support/torrent-end.ts', import.meta.url).pathname
  return start(process.execPath, [file, JSON.stringify(task)])
}

const python = (...args: readonly string[]) => start(libtorrentCommand[0], [...libtorrentCommand.slice(1), ...args])

describe(`${SIZE.toFixed(0)} MB by BitTorrent`, () => {
  it('come to a member, and from an owner, at a good part of what libtorrent does with itself', async () => {
    const root = join(scratch, 'owner')
    const staged: StagedArchive[] = []
    for (let week = 0; week < ARCHIVES; week += 1)
      staged.push(await stage(join(scratch, 'staged'), week, 250 * PIECE - 7))
    const owner = end({ root, communityId: communityA, gives: staged })
    running.push(owner.child)
    const { link } = JSON.parse(await owner.line()) as GivingEnd
    const seeds = libtorrent.missing === null
    let foreign = ''
    if (seeds) {
      const seed = python('seed', join(root, `${communityA}.torrent`), join(root, communityA, '1'))
      running.push(seed.child)
      foreign = `127.0.0.1:${(await seed.line()).trim()}`
    }
    const foreignLink = link.replace(/x\.pe=[^&]*/, `x.pe=${foreign}`) as typeof link

    let folders = 0
    const folder = () => {
      folders += 1
      const made = join(scratch, `got-${folders}`)
      mkdirSync(made)
      return made
    }
    const toMember = async (from: typeof link) => {
      const into = folder()
      const { child, line } = end({ root: into, communityId: communityA, gets: from, from: [] })
      const closed = once(child, 'close')
      const { took } = JSON.parse(await line()) as GettingEnd
      await closed
      rmSync(into, { recursive: true })
      return took
    }
    const toLibtorrent = async (from: string) => {
      const into = folder()
      const { child, line } = python('download', from, into)
      const closed = once(child, 'close')
      const took = Number(await line())
      await closed
      rmSync(into, { recursive: true })
      return took
    }
    const ways: [Way, () => Promise<number>][] = [['ownerToMember', () => toMember(link)]]
    if (seeds)
      ways.push(
        ['libtorrentToLibtorrent', () => toLibtorrent(foreignLink)],
        ['ownerToLibtorrent', () => toLibtorrent(link)],
        ['libtorrentToMember', () => toMember(foreignLink)],
      )
    for (let round = -1; round < ROUNDS; round += 1)
      for (const [way, run] of round % 2 === 0 ? ways : ways.toReversed()) {
        const took = await run()
        if (round >= 0) times[way].push(SIZE / (took / 1000))
      }

    const alone = times.libtorrentToLibtorrent
    for (const way of ['ownerToMember', 'ownerToLibtorrent', 'libtorrentToMember'] as const) {
      const ours = times[way]
      expect(ours.every((rate) => rate > 0)).toBe(true)
      if (!seeds) continue // nothing to compare with: figures are ratios
      const sides = `${median(ours).toFixed(0)} and ${median(alone).toFixed(0)} MB/s`
      const name = `By BitTorrent, ${names[way]}, over libtorrent to libtorrent`
      figures.push(figure({ name, limit: { atLeast: 0.3 }, sides }, ours, alone))
    }
    for (const one of figures) expect.soft(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
  })
})
