import { open, rm, truncate } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import {
  contents,
  entryOf,
  heldWorkers,
  nextEvent,
  publish,
  startEngine,
  startMember,
  statusWhere,
} from '../../../support/codex-engines.ts'
import { bytesOf, communityA, plainCodec, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536

describe('fetching by Codex', () => {
  it('is cancelled by its signal, and goes on later with the blocks it has', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [300 * block])
    const member = await startMember([owner])
    const controller = new AbortController()
    const part = member.fetch(communityA, set.link, entryOf(set, 0), {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done >= 10 * block) controller.abort()
      },
    })
    await expect(part).rejects.toMatchObject({ name: 'EngineError', code: 'aborted' })
    const progress: number[] = []
    const file = await member.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => progress.push(done),
    })
    expect(progress[0]).toBeGreaterThanOrEqual(10 * block)
    expect(await contents(file)).toEqual(bytesOf('0', 300 * block))
    await statusWhere(member, ({ downloaded }) => downloaded === 300 * block)
    await expect(
      member.fetch(communityA, set.link, entryOf(set, 0), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })

  it('finds peers that somebody names only after it began, and dials none out of reach', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [block])
    const member = await startEngine()
    const waiting = member.openIndex(communityA, set.link)
    const [address = ''] = owner.status().addresses
    const peer = address.split('/').at(-1)
    member.addPeers(communityA, ['8.8.8.8:53', `/ip4/8.8.8.8/tcp/53/p2p/${peer}`, `/dns4/x.test/tcp/1/p2p/${peer}`])
    member.addPeers(communityA, [
      '',
      '/',
      `/ip4/127.0.0.1/tcp/0/p2p/${peer}`,
      '/ip4/127.0.0.1/tcp/9/p2p/nobody',
      address,
    ])
    expect(await plainCodec.decode(await waiting)).toEqual(set.entries)
  })

  it('reaches a seeder that comes back', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [3 * block])
    const member = await startMember([owner])
    await member.openIndex(communityA, set.link)
    await owner.stop()
    const waiting = member.fetch(communityA, set.link, entryOf(set, 0), { timeout: 30_000 })
    const again = await startEngine({ root })
    await again.seed(communityA, set.link, true)
    expect(await contents(await waiting)).toHaveLength(3 * block)
  })

  it('R5.3 gives no archive whose bytes on disk are no longer right: they are fetched again', async () => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const set = await publish(owner, [10 * block])
    const member = await startMember([owner], { root })
    const { path } = await member.fetch(communityA, set.link, entryOf(set, 0))
    await statusWhere(member, ({ downloaded }) => downloaded === 10 * block)
    for (const [damage, blocks] of [
      [
        async () => {
          const handle = await open(path, 'r+')
          await handle.write(Buffer.from('spoiled'), 0, 7, 4 * block + 9)
          await handle.close()
        },
        1,
      ],
      [() => truncate(path, 7 * block + 1), 3],
      [() => rm(path), 10],
    ] as const) {
      await member.stop()
      await damage()
      await member.start()
      const before = member.status().downloaded
      const file = await member.fetch(communityA, set.link, entryOf(set, 0))
      expect(await contents(file)).toEqual(bytesOf('0', 10 * block))
      await statusWhere(member, ({ downloaded }) => downloaded - before === blocks * block)
    }
  })

  it('does not give to others a block that went bad on its disk', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [4 * block])
    const member = await startMember([owner])
    const { path } = await owner.fetch(communityA, set.link, entryOf(set, 0))
    await owner.stop()
    const handle = await open(path, 'r+')
    await handle.write(Buffer.from('spoiled'), 0, 7, 2 * block)
    await handle.close()
    await owner.start()
    await owner.seed(communityA, set.link, true)
    let banned = false
    member.on('peer-banned', () => {
      banned = true
    })
    await expect(member.fetch(communityA, set.link, entryOf(set, 0), { timeout: 1500 })).rejects.toMatchObject({
      code: 'timeout',
    })
    expect(banned).toBe(false)
    await statusWhere(member, ({ downloaded }) => downloaded === 3 * block)
  })

  it('R7.3 goes on when its thread dies, and serves again what it served', async () => {
    const { spawn, workers } = heldWorkers()
    const owner = await startEngine({ spawn })
    const set = await publish(owner, [200 * block])
    const before = owner.status().addresses
    const died = nextEvent(owner, 'status', ({ state }) => state === 'starting')
    const member = await startMember([owner])
    await member.openIndex(communityA, set.link)
    const fetched = member.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => {
        if (done > 20 * block) void workers[0]?.terminate()
      },
    })
    await died
    expect(await contents(await fetched)).toEqual(bytesOf('0', 200 * block))
    expect(owner.status().addresses).toEqual(before)
    expect(workers.length).toBe(2)
  })

  it('R7.3 makes a fetch again whose thread died under it', async () => {
    const { spawn, workers } = heldWorkers()
    const owner = await startEngine()
    const set = await publish(owner, [200 * block])
    const member = await startMember([owner], { spawn })
    const fetched = member.fetch(communityA, set.link, entryOf(set, 0), {
      onProgress: ({ done }) => {
        if (done > 20 * block && workers.length === 1) void workers[0]?.terminate()
      },
    })
    expect(await contents(await fetched)).toEqual(bytesOf('0', 200 * block))
    expect(workers.length).toBe(2)
  })

  it('says why it cannot start, and that it does not run', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    await expect(startEngine({ root })).rejects.toMatchObject({ name: 'EngineError', code: 'unavailable' })
    const set = await publish(owner, [10])
    await owner.stop()
    await owner.stop()
    expect(owner.status()).toMatchObject({ state: 'stopped', addresses: [], transfers: [] })
    await expect(owner.openIndex(communityA, set.link)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(owner.fetch(communityA, set.link, torrentEntry)).rejects.toMatchObject({ code: 'unsupported' })
  })
})

const torrentEntry = {
  ...{ id: '0x00', from: 0, to: 1, topics: [] },
  locator: { kind: 'torrent', offset: 0, size: 102_400, padding: 0 },
} as unknown as Parameters<Awaited<ReturnType<typeof startEngine>>['fetch']>[2]
