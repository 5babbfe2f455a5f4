import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { TorrentClient } from '../../../src/main/distribution/torrent/client.ts'
import { Library } from '../../../src/main/distribution/torrent/library.ts'
import { infoMetainfo } from '../../../src/main/distribution/torrent/metainfo.ts'
import { sha1 } from '../../../src/main/distribution/torrent/piece-files.ts'
import { Transfer } from '../../../src/main/distribution/torrent/transfer.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { bytesOf, communityA, temporaryFolder } from '../../support/torrent.ts'

const piece = 102_400

class FakeTorrent extends EventEmitter {
  ready = false
  destroyed = false
  readonly numPeers = 1
  readonly downloadSpeed = 0
  readonly uploadSpeed = 0
  readonly selected: string[] = []
  _select(from: number, to: number) {
    this.selected.push(`${from}-${to}`)
  }
  _deselect(from: number, to: number) {
    this.selected.push(`not ${from}-${to}`)
  }
}

/** A transfer of ten pieces and an index of which nothing is here, with a client that only writes down what it is asked. */
async function scene() {
  const library = new Library(temporaryFolder())
  const data = bytesOf('data', 10 * piece)
  const index = bytesOf('index', 50)
  const hashes = Array.from({ length: 10 }, (_, at) => sha1(data.subarray(at * piece, (at + 1) * piece)))
  const pieces = Buffer.concat([...hashes, sha1(index)])
  const metainfo = infoMetainfo(communityA, { dataLength: data.length, indexLength: 50, pieces })
  const publication = await library.adopt(communityA, metainfo)
  const clock = new FakeClock()
  const torrents: FakeTorrent[] = []
  const dialled: string[] = []
  const lost: string[] = []
  const client: Pick<TorrentClient, 'add' | 'dial' | 'drop'> = {
    add: () => {
      const torrent = new FakeTorrent()
      torrents.push(torrent)
      setImmediate(() => {
        torrent.ready = true
        torrent.emit('ready')
      })
      return torrent as never
    },
    dial: (_torrent, address) => dialled.push(address),
    drop: async (torrent) => {
      Object.assign(torrent, { destroyed: true })
    },
  }
  const transfer = new Transfer(client as TorrentClient, publication, {
    clock,
    trackers: [],
    peers: () => ['127.0.0.1:1'],
    events: { onChange: () => {}, onPayload: () => {}, onLost: (error) => lost.push(error.message) },
  })
  await transfer.start()
  const arrive = async (at: number) => {
    await publication.files.write(at, data.subarray(at * piece, (at + 1) * piece))
    torrents.at(-1)?.emit('verified', at)
  }
  const want = (from: number, to: number, signal = new AbortController().signal) =>
    transfer.want(from, to, { signal, timeout: 60_000, urgent: false, onPiece: () => {} })
  return { transfer, clock, torrents, dialled, lost, arrive, want, publication }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a transfer', () => {
  it('tries the peers it was told of every five seconds while somebody waits, and not after', async () => {
    const { clock, dialled, arrive, want, transfer } = await scene()
    expect(dialled).toHaveLength(0)
    const waiting = want(0, 1)
    await turn()
    await clock.advance(21_000)
    expect(dialled).toHaveLength(5)
    await arrive(0)
    await waiting
    await clock.advance(60_000)
    expect(dialled).toHaveLength(5)
    await transfer.stop()
    expect(clock.pending).toBe(0)
  })

  it('gives up after a time without pieces, not after a time', async () => {
    const { clock, arrive, want } = await scene()
    const waiting = want(0, 3)
    waiting.catch(() => {})
    await turn()
    await clock.advance(50_000)
    await arrive(0)
    await clock.advance(50_000)
    await arrive(1)
    await clock.advance(59_000)
    const [state] = await Promise.all([Promise.race([waiting.catch(() => 'over'), turn().then(() => 'waiting')])])
    expect(state).toBe('waiting')
    await clock.advance(2_000)
    await expect(waiting).rejects.toMatchObject({ code: 'timeout' })
  })

  it('lets go of what is no longer wanted', async () => {
    const { torrents, want } = await scene()
    const controller = new AbortController()
    const waiting = want(2, 5, controller.signal)
    await turn()
    controller.abort(new Error('changed my mind'))
    await expect(waiting).rejects.toThrow('changed my mind')
    expect(torrents[0]?.selected).toEqual(['2-4', 'not 2-4'])
  })

  it('tells who waits when a write fails, loads the torrent once more, and gives it up the second time', async () => {
    const { torrents, want, lost } = await scene()
    const waiting = want(0, 1)
    await turn()
    torrents[0]?.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))
    await expect(waiting).rejects.toMatchObject({ code: 'no-space' })
    await turn()
    await turn()
    expect(torrents).toHaveLength(2)
    torrents[1]?.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))
    expect(lost).toHaveLength(1)
  })

  it('loads the torrent anew when a piece it had is wrong, and goes on waiting', async () => {
    const { torrents, want, arrive, publication } = await scene()
    const waiting = want(0, 2)
    await turn()
    await arrive(0)
    publication.files.have.delete(0)
    publication.files.onCorrupt(0)
    await arrive(1)
    await turn()
    await turn()
    expect(torrents).toHaveLength(2)
    expect(torrents[1]?.selected).toEqual(['0-1'])
    await arrive(0)
    await waiting
  })

  it('fails those who wait when it is stopped', async () => {
    const { transfer, want, clock } = await scene()
    const waiting = want(0, 2)
    waiting.catch(() => {})
    await turn()
    await transfer.stop()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    expect(clock.pending).toBe(0)
  })
})
