/// <reference path="../../../src/main/distribution/torrent/webtorrent.d.ts" />
import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import WebTorrent from 'webtorrent'
import type { DistributionEngine, PublishedSet } from '../../../src/main/distribution/engine.ts'
import type { ArchiveLink } from '../../../src/shared/domain.ts'
import { bytesOf, communityA, communityB, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import {
  contents,
  heldWorkers,
  nextEvent,
  placesOf,
  spoil,
  startEngine,
  statusWhere,
} from '../../support/torrent-engines.ts'

const piece = 102_400

/** One archive of `pieces` pieces for each number. */
async function publish(owner: DistributionEngine, pieces: readonly number[]): Promise<PublishedSet> {
  const staging = temporaryFolder()
  const staged = await Promise.all(pieces.map((count, week) => stage(staging, week, count * piece - 7)))
  return await owner.publish(communityA, null, staged, plainCodec)
}

function entryOf(set: PublishedSet, index: number) {
  const entry = set.entries[index]
  if (entry === undefined) throw new Error(`no entry ${index}`)
  return entry
}

const withoutPeers = (link: ArchiveLink) => link.replace(/&x\.pe=.*$/, '') as ArchiveLink

describe('fetching', () => {
  it('fetches in the order asked for, the newest archive first if that is what was asked', async () => {
    const owner = await startEngine({ uploadLimit: 2_000_000 })
    const member = await startEngine()
    const set = await publish(owner, [4, 4, 4, 4, 4, 4])
    await member.openIndex(communityA, set.link)
    const order: number[] = []
    await Promise.all(
      [5, 4, 3, 2, 1, 0].map((index) =>
        member.fetch(communityA, set.link, entryOf(set, index), {
          onProgress: ({ done, total }) => {
            if (done === total) order.push(index)
          },
        }),
      ),
    )
    // Neighbours may overtake each other: the last pieces of one and the first of the next are hashed side by side.
    for (const [place, index] of order.entries()) expect(Math.abs(place - (5 - index))).toBeLessThanOrEqual(1)
  })

  it('joins an equal fetch that is already running: the bytes come once', async () => {
    const owner = await startEngine({ uploadLimit: 3_000_000 })
    const member = await startEngine()
    const set = await publish(owner, [10])
    const before = (await member.openIndex(communityA, set.link)).length
    const files = await Promise.all([1, 2, 3].map(() => member.fetch(communityA, set.link, entryOf(set, 0))))
    expect(new Set(files.map(({ path }) => path)).size).toBe(1)
    expect(member.status().downloaded).toBe(before + 10 * piece)
  })

  it('is cancelled by its signal, and goes on later with the pieces it has', async () => {
    const owner = await startEngine({ uploadLimit: 800_000 })
    const member = await startEngine()
    const set = await publish(owner, [20])
    const controller = new AbortController()
    const part = member.fetch(communityA, set.link, entryOf(set, 0), {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done >= 4 * piece) controller.abort()
      },
    })
    await expect(part).rejects.toMatchObject({ name: 'EngineError', code: 'aborted' })
    expect(member.status().transfers[0]?.bytesDone).toBeLessThan(15 * piece)
    const progress: number[] = []
    const file = await member.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => progress.push(done),
    })
    // The rest may come so fast that nobody is told of a part of it; what is told begins where the first try ended.
    for (const done of progress) expect(done).toBeGreaterThanOrEqual(4 * piece)
    expect(member.status().downloaded).toBeLessThan(24 * piece)
    expect(await contents(file)).toEqual(bytesOf('0', 20 * piece - 7))
    await expect(
      member.fetch(communityA, set.link, entryOf(set, 0), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })

  it('§13.6 gives up after the time it was given without progress, and says so', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [3])
    const lonely = withoutPeers(set.link)
    await expect(member.openIndex(communityA, lonely, { timeout: 300 })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    await member.openIndex(communityA, set.link)
    await owner.stop()
    await expect(member.fetch(communityA, lonely, entryOf(set, 0), { timeout: 300 })).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  it('reaches a seeder that comes back, through hints that it keeps', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const member = await startEngine()
    const set = await publish(owner, [3])
    await member.openIndex(communityA, set.link)
    await owner.stop()
    const waiting = member.fetch(communityA, set.link, entryOf(set, 0), { timeout: 30_000 })
    const again = await startEngine({ root })
    expect(again.status().addresses).toEqual([decodeURIComponent(set.link.split('x.pe=')[1] ?? '')])
    await again.seed(communityA, set.link, true)
    expect(await contents(await waiting)).toHaveLength(3 * piece - 7)
  })

  it('finds peers that somebody names only after the fetch has begun', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [1])
    const waiting = member.openIndex(communityA, withoutPeers(set.link))
    member.addPeers(communityA, ['8.8.8.8:53', ...owner.status().addresses])
    expect(await plainCodec.decode(await waiting)).toEqual(set.entries)
  })

  it.each(['stopped in order', 'killed'])('goes on after a restart: %s', async (how) => {
    const root = temporaryFolder()
    const owner = await startEngine({ uploadLimit: 3_000_000 })
    const { spawn, workers } = heldWorkers()
    const member = await startEngine({ root, spawn })
    const set = await publish(owner, [6, 20])
    const index = await member.openIndex(communityA, set.link)
    await member.fetch(communityA, set.link, entryOf(set, 0))
    const controller = new AbortController()
    await expect(
      member.fetch(communityA, set.link, entryOf(set, 1), {
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done >= 5 * piece) controller.abort()
        },
      }),
    ).rejects.toMatchObject({ code: 'aborted' })
    const { bytesDone = 0 } = member.status().transfers[0] ?? {}
    if (how === 'killed') {
      // A second engine on the same folder sees what a new process would see: nothing was noted in order.
      const dead = nextEvent(member, 'status', ({ state }) => state === 'starting')
      await workers[0]?.terminate()
      await dead
    }
    await member.stop()

    const again = await startEngine({ root })
    const seen: number[] = []
    const file = await again.fetch(communityA, set.link, entryOf(set, 1), {
      onProgress: ({ done }) => seen.push(done),
    })
    expect(await contents(file)).toEqual(bytesOf('1', 20 * piece - 7))
    expect(await contents(await again.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(
      bytesOf('0', 6 * piece - 7),
    )
    expect(again.status().downloaded).toBeLessThanOrEqual(index.length + 26 * piece - bytesDone)
    expect(await again.openIndex(communityA, set.link)).toEqual(index)
    expect(again.status().downloaded).toBeLessThanOrEqual(index.length + 26 * piece - bytesDone)
  })

  it('R5.3 repairs a piece that rotted on disk before it hands the archive over', async () => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const member = await startEngine({ root })
    const set = await publish(owner, [4, 4])
    for (const entry of set.entries) await member.fetch(communityA, set.link, entry)
    await member.stop()
    await spoil(placesOf(root, communityA, 1).data, 5)
    await member.start()
    const before = member.status().downloaded
    expect(await contents(await member.fetch(communityA, set.link, entryOf(set, 1)))).toEqual(
      bytesOf('1', 4 * piece - 7),
    )
    expect(member.status().downloaded - before).toBe(piece)
  })

  it('R5.3 serves no piece that rotted on disk, and takes it back from whoever has it', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const member = await startEngine()
    const set = await publish(owner, [4])
    await member.fetch(communityA, set.link, entryOf(set, 0))
    await owner.stop()
    await spoil(placesOf(root, communityA, 1).data, 2)
    await owner.start()
    await owner.seed(communityA, set.link, true)

    // Nobody is banned for it: a newcomer gets the good pieces here and the other from the member.
    const newcomer = await startEngine()
    const bans: string[] = []
    newcomer.on('peer-banned', ({ peer }) => bans.push(peer))
    const file = newcomer.fetch(communityA, set.link, entryOf(set, 0))
    await statusWhere(owner, ({ transfers }) => (transfers[0]?.bytesDone ?? 0) < (transfers[0]?.bytesTotal ?? 0))
    newcomer.addPeers(communityA, member.status().addresses)
    expect(await contents(await file)).toEqual(bytesOf('0', 4 * piece - 7))
    expect(bans).toEqual([])

    owner.addPeers(communityA, member.status().addresses)
    await owner.fetch(communityA, set.link, entryOf(set, 0))
    expect((await readFile(placesOf(root, communityA, 1).data)).subarray(0, 4 * piece - 7)).toEqual(
      bytesOf('0', 4 * piece - 7),
    )
  })

  it('gets back what was deleted behind its back', async () => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const member = await startEngine({ root })
    const set = await publish(owner, [4])
    await member.fetch(communityA, set.link, entryOf(set, 0))
    await member.stop()
    await rm(placesOf(root, communityA, 1).data)
    await member.start()
    expect(await contents(await member.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(
      bytesOf('0', 4 * piece - 7),
    )
  })

  it('refuses an entry that lies outside the torrent, or in another engine', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [2])
    const entry = entryOf(set, 0)
    const at = (offset: number, size: number, padding = 0) => ({
      ...entry,
      locator: { kind: 'torrent' as const, offset, size, padding },
    })
    for (const lie of [
      at(0, 3 * piece),
      at(50, piece),
      at(0, 50),
      at(-piece, piece),
      at(0, piece, piece + 1),
      at(0, 0),
    ])
      await expect(member.fetch(communityA, set.link, lie)).rejects.toMatchObject({ code: 'corrupt' })
    const codex = { ...entry, locator: { kind: 'codex' as const, cid: 'zDv' } }
    await expect(member.fetch(communityA, set.link, codex)).rejects.toMatchObject({ code: 'unsupported' })
    expect(await contents(await member.fetch(communityA, set.link, entry))).toHaveLength(2 * piece - 7)
  })

  it('R3.4 refuses a torrent of something else before any of its data is asked for', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [2])
    await expect(member.openIndex(communityB, set.link)).rejects.toMatchObject({ code: 'corrupt' })
    expect(member.status().downloaded).toBe(0)
    await expect(member.openIndex(communityA, 'magnet:?dn=nothing' as ArchiveLink)).rejects.toMatchObject({
      code: 'corrupt',
    })
    const climbing = '../../etc' as typeof communityA
    await expect(member.openIndex(climbing, set.link)).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('serving', () => {
  it('stops and begins when told, and never deletes by it', async () => {
    const root = temporaryFolder()
    const [owner, member] = [await startEngine({ root }), await startEngine()]
    const set = await publish(owner, [2])
    await owner.seed(communityA, set.link, false)
    expect(owner.status().transfers).toEqual([])
    await expect(member.openIndex(communityA, set.link, { timeout: 300 })).rejects.toMatchObject({ code: 'timeout' })
    expect(existsSync(placesOf(root, communityA, 1).data)).toBe(true)
    await owner.seed(communityA, set.link, true)
    await member.openIndex(communityA, set.link)
    await expect(owner.seed(communityB, set.link, true)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('fetches without serving where seeding is off', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [2])
    await member.seed(communityA, set.link, false)
    await member.fetch(communityA, set.link, entryOf(set, 0))
    expect(member.status().transfers).toEqual([])
  })

  it('a member who has everything serves others when the owner is gone', async () => {
    const [owner, member, late] = [await startEngine(), await startEngine(), await startEngine()]
    const set = await publish(owner, [2, 3])
    await member.openIndex(communityA, set.link)
    for (const entry of set.entries) await member.fetch(communityA, set.link, entry)
    await member.seed(communityA, set.link, true)
    await owner.stop()
    late.addPeers(communityA, member.status().addresses)
    expect(await plainCodec.decode(await late.openIndex(communityA, set.link))).toEqual(set.entries)
    for (const entry of set.entries) await late.fetch(communityA, set.link, entry)
  })

  it('R1.7 forgets a link, and keeps the bytes that another link shares', async () => {
    const root = temporaryFolder()
    const [owner, member] = [await startEngine(), await startEngine({ root })]
    const first = await publish(owner, [2])
    await member.fetch(communityA, first.link, entryOf(first, 0))
    const staged = [await stage(temporaryFolder(), 5, 10)]
    const second = await owner.publish(communityA, first, staged, plainCodec)
    await member.fetch(communityA, second.link, entryOf(second, 1))
    await member.remove(communityA, first.link)
    await member.remove(communityA, first.link)
    expect(existsSync(join(root, communityA, '1'))).toBe(false)
    await owner.stop()
    expect(await contents(await member.fetch(communityA, second.link, entryOf(second, 0)))).toEqual(
      bytesOf('0', 2 * piece - 7),
    )
    expect((await stat(placesOf(root, communityA, 2).data)).nlink).toBe(1)
  })
})

describe('a peer that sends wrong bytes', () => {
  const clients: WebTorrent[] = []
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => new Promise((resolve) => client.destroy(resolve))))
  })

  /** A seeder that claims to have everything, while some of its pieces were changed. */
  async function impostor(set: PublishedSet, ownerRoot: string, spoiled: readonly number[]): Promise<string> {
    const root = temporaryFolder()
    const copy = await startEngine({ root })
    for (const entry of set.entries) await copy.fetch(communityA, set.link, entry)
    await copy.openIndex(communityA, set.link)
    await copy.stop()
    for (const index of spoiled) await spoil(placesOf(root, communityA, 1).data, index)
    const client = new WebTorrent({
      torrentPort: { port: 0, host: '127.0.0.1' },
      dht: false,
      lsd: false,
      tracker: false,
      natUpnp: false,
      natPmp: false,
      utp: false,
      webSeeds: false,
    })
    clients.push(client)
    const torrent = client.add(await readFile(join(ownerRoot, `${communityA}.torrent`)), {
      path: join(root, communityA, '1'),
      skipVerify: true,
    })
    await new Promise((resolve) => torrent.once('ready', resolve))
    return `127.0.0.1:${client.torrentPort}`
  }

  it('is banned, and the fetch completes from others, even when it came first', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [30])
    const bad = await impostor(set, root, [3, 4, 5, 17])
    const member = await startEngine()
    const banned = nextEvent(member, 'peer-banned')
    member.addPeers(communityA, [bad])
    const fetched = member.fetch(communityA, withoutPeers(set.link), entryOf(set, 0))
    expect(await banned).toMatchObject({ communityId: communityA, peer: bad })
    member.addPeers(communityA, owner.status().addresses)
    expect(await contents(await fetched)).toEqual(bytesOf('0', 30 * piece - 7))
    expect(member.status().downloaded).toBeLessThan(40 * piece)
  })
})
