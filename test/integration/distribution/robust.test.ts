import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DistributionEngine, PublishedSet } from '../../../src/main/distribution/engine.ts'
import { createTorrentEngine } from '../../../src/main/distribution/torrent/engine.ts'
import type { ArchiveLink } from '../../../src/shared/domain.ts'
import { communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { runChild } from '../../support/torrent-child-task.ts'
import { contents, heldWorkers, nextEvent, placesOf, startEngine, statusWhere } from '../../support/torrent-engines.ts'

const piece = 102_400

async function publish(owner: DistributionEngine, pieces: readonly number[]): Promise<PublishedSet> {
  const staging = temporaryFolder()
  const staged = await Promise.all(pieces.map((count, week) => stage(staging, week, count * piece - 7)))
  return await owner.publish(communityA, null, staged, plainCodec)
}

describe('the engine’s thread', () => {
  it('R7.3 is replaced when it dies: the port, the seeding and the fetches under way go on', async () => {
    const owners = heldWorkers()
    const members = heldWorkers()
    const owner = await startEngine({ spawn: owners.spawn, uploadLimit: 4_000_000 })
    const member = await startEngine({ spawn: members.spawn })
    const set = await publish(owner, [40])
    const [entry] = set.entries
    if (entry === undefined) throw new Error('no entry')
    const { addresses, hashed } = owner.status()
    let kills = 0
    const fetched = member.fetch(communityA, set.link, entry, {
      onProgress: ({ done }) => {
        if (kills === 0 && done > 5 * piece) {
          kills = 1
          void owners.workers[0]?.terminate()
        } else if (kills === 1 && done > 15 * piece) {
          kills = 2
          void members.workers[0]?.terminate()
        }
      },
    })
    expect(await contents(await fetched)).toHaveLength(40 * piece - 7)
    expect(kills).toBe(2)
    await statusWhere(owner, ({ state, transfers }) => state === 'running' && transfers.length === 1)
    expect(owner.status()).toMatchObject({ addresses, hashed })
    expect(owners.workers).toHaveLength(2)
    expect(members.workers).toHaveLength(2)
  })

  it('is given up after dying again and again, with a reason; a new start may be tried', async () => {
    const { spawn, workers } = heldWorkers()
    const engine = await startEngine({ spawn, clock: hurried })
    for (let death = 1; death <= 5; death += 1) {
      const died = nextEvent(engine, 'status', ({ state }) => state !== 'running')
      await workers.at(-1)?.terminate()
      await died
      await statusWhere(engine, ({ state }) => state === (death === 5 ? 'failed' : 'running'))
    }
    expect(engine.status().error).toMatch(/again and again/)
    await expect(engine.seed(communityA, magnet, true)).rejects.toMatchObject({ code: 'unavailable' })
    await engine.start()
    expect(engine.status().state).toBe('running')
  })
})

describe('trouble with the machine', () => {
  it('says that the port is taken, and starts once it is free', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const engine = createTorrentEngine({ root: temporaryFolder(), port })
    await expect(engine.start()).rejects.toMatchObject({
      name: 'EngineError',
      code: 'unavailable',
      message: expect.stringContaining('port is taken'),
    })
    expect(engine.status()).toMatchObject({ state: 'failed', error: expect.stringContaining('port is taken') })
    await new Promise((resolve) => blocker.close(resolve))
    await engine.start()
    expect(engine.status()).toMatchObject({ state: 'running', error: '', addresses: [`127.0.0.1:${port}`] })
    await engine.stop()
  })

  it('keeps the port it had, so that links that were announced stay good', async () => {
    const root = temporaryFolder()
    const engine = await startEngine({ root })
    const { addresses } = engine.status()
    await engine.stop()
    await engine.start()
    expect(engine.status().addresses).toEqual(addresses)
    await engine.stop()
    const blocker = createServer().listen(Number(addresses[0]?.split(':')[1]), '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    await engine.start()
    expect(engine.status().addresses).not.toEqual(addresses)
    await new Promise((resolve) => blocker.close(resolve))
  })

  it('says that the folder cannot be used', async () => {
    const file = join(temporaryFolder(), 'a-file')
    await writeFile(file, '')
    const engine = createTorrentEngine({ root: join(file, 'folder') })
    await expect(engine.start()).rejects.toMatchObject({ code: 'unavailable', retryable: false })
  })

  it('says that the disk is full, and goes on with what it has', async () => {
    const root = temporaryFolder()
    const owner = await startEngine()
    const member = await startEngine({ root })
    const set = await publish(owner, [3, 3])
    const [first, second] = set.entries
    if (first === undefined || second === undefined) throw new Error('no entries')
    await member.openIndex(communityA, set.link)
    await member.stop()
    // Linux has a file that is always full.
    const { data } = placesOf(root, communityA, 1)
    await rm(data, { force: true })
    await symlink('/dev/full', data)
    await member.start()
    await expect(member.fetch(communityA, set.link, first)).rejects.toMatchObject({ code: 'no-space', retryable: true })
    expect(await plainCodec.decode(await member.openIndex(communityA, set.link))).toEqual(set.entries)
    expect(member.status().state).toBe('running')
    await member.stop()
    await rm(data)
    await member.start()
    expect(await contents(await member.fetch(communityA, set.link, second))).toHaveLength(3 * piece - 7)
  })

  it('is not drowned in connections, and serves on', async () => {
    const [owner, member] = [await startEngine(), await startEngine()]
    const set = await publish(owner, [3])
    const [host, port] = owner.status().addresses[0]?.split(':') ?? []
    const sockets = Array.from({ length: 300 }, () => connect(Number(port), host).on('error', () => {}))
    await new Promise<void>((resolve) => {
      let closed = 0
      for (const socket of sockets)
        socket.once('close', () => {
          closed += 1
          if (closed === 44) resolve()
        })
    })
    for (const socket of sockets) {
      socket.write('nonsense'.repeat(50))
      socket.destroy()
    }
    expect(await plainCodec.decode(await member.openIndex(communityA, set.link))).toEqual(set.entries)
  })

  it('refuses settings that cannot be kept: uTP on one address only', async () => {
    const engine = createTorrentEngine({ root: temporaryFolder(), discovery: { utp: true } })
    await expect(engine.start()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('takes a damaged state file as knowing nothing, and looks at every piece', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [3])
    await owner.stop()
    await writeFile(join(root, communityA, '1', 'state.json'), '{"clean":tr')
    await owner.start()
    await owner.seed(communityA, set.link, true)
    const [transfer] = owner.status().transfers
    expect(transfer?.bytesDone).toBe(transfer?.bytesTotal)
  })
})

describe('R3.4 everything off', () => {
  it('talks to nothing outside this machine, whatever a link says', async () => {
    const [root, memberRoot, staging] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    const witness = join(staging, 'witness')
    await writeFile(witness, '')
    await mkdir(root, { recursive: true })
    const staged = [await stage(staging, 0, 3 * piece)]
    const task = { communityId: communityA, crashPoint: null }
    const owner = runChild(
      { ...task, root, steps: [{ do: 'publish', previous: null, staged }], hold: true },
      { witness },
    )
    const { set } = await owner.line('published')
    const tempting = [
      'tr=http%3A%2F%2F192.0.2.1%2Fannounce',
      'tr=udp%3A%2F%2Ftracker.example.org%3A1337',
      'xs=http%3A%2F%2F192.0.2.2%2Fx.torrent',
      'as=http%3A%2F%2F192.0.2.3%2Fx.torrent',
      'ws=http%3A%2F%2F192.0.2.4%2F',
      'x.pe=8.8.8.8%3A6881',
      'x.pe=example.org%3A6881',
      'x.pe=10.0.0.1%3A6881',
    ]
    const link = `${set?.link}&${tempting.join('&')}` as ArchiveLink
    const member = runChild({ ...task, root: memberRoot, steps: [{ do: 'fetch', link }], hold: false }, { witness })
    await member.line('fetched')
    await member.ended
    owner.kill()
    await owner.ended
    expect(await readFile(witness, 'utf8')).toBe('')
  })

  it('has a witness that would notice', async () => {
    const staging = temporaryFolder()
    const witness = join(staging, 'witness')
    await writeFile(witness, '')
    const { promisify } = await import('node:util')
    const { execFile } = await import('node:child_process')
    const hook = new URL('../../support/network-witness.cjs', import.meta.url).pathname
    const code = `
      const { Worker } = require('node:worker_threads')
      new Worker("const net = require('node:net'); net.connect({ host: '192.0.2.1', port: 9 }).on('error', () => {}).destroy();" +
        "net.createServer().listen(0).close(); require('node:dns').lookup('chronicle.invalid', () => {})", { eval: true })`
    await promisify(execFile)(process.execPath, ['--require', hook, '-e', code], {
      env: { ...process.env, CHRONICLE_WITNESS: witness },
    })
    expect((await readFile(witness, 'utf8')).trim().split('\n').toSorted()).toEqual([
      'connect 192.0.2.1',
      'listen undefined',
      'lookup chronicle.invalid',
    ])
  })
})

const magnet = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=${communityA}` as ArchiveLink

/** Real time, but no waiting: restarts come at once. */
const hurried = {
  now: () => Date.now() as ReturnType<typeof import('../../../src/main/clock.ts')['systemClock']['now']>,
  setTimer(_delay: number, fn: () => void) {
    const handle = setTimeout(fn, 0)
    return () => clearTimeout(handle)
  },
}
