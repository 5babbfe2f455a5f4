/** One webtorrent client with every default that would talk to strangers turned off, and its rough edges filed down. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import WebTorrent, { type ChunkStore, type Torrent, type TorrentOptions } from 'webtorrent'
import { EngineError, type Rates } from '../engine.ts'
import { dialable, joined, withinReach } from './address.ts'
import { writeDurably } from './durable.ts'
import { toEngineError } from './errors.ts'
import { createPeerGuard, guardTorrent, type PeerGuard } from './guard.ts'
import { sendPeerExchange } from './pex.ts'
import type { TorrentSettings } from './settings.ts'
import { type PeerTrials, tryPeers } from './trials.ts'

export interface ClientEvents {
  /** The client is of no more use: it must be started anew. */
  readonly onFatal: (error: EngineError) => void
  /** Something failed that others do not suffer from. */
  readonly onWarning: (text: string) => void
  readonly onBan: (peer: string, reason: string, infoHash: string) => void
}

/** Upload slots of each torrent. A member who holds a part stays interested and would fill webtorrent's ten. */
const uploadSlots = 32
const peerAddressesAtMost = 16
/** Peers that may be connected to us at once, all torrents together; webtorrent itself takes any number. */
const incomingAtMost = 256
/** Peers that each torrent may dial besides: however many come in, there is room to look for others. */
const dialledAtMost = 64

export class TorrentClient {
  readonly settings: TorrentSettings
  readonly #client: WebTorrent
  readonly #guard: PeerGuard
  readonly #trials = new WeakMap<Torrent, PeerTrials>()
  #stopping = false

  private constructor(settings: TorrentSettings, client: WebTorrent, events: ClientEvents) {
    this.settings = settings
    this.#client = client
    this.#guard = createPeerGuard(events.onBan)
    // Every peer passes here before it is dialled, whoever named it: a link, another peer, a tracker, the DHT.
    client.blocked = { contains: (host) => !withinReach(host, settings.reach) || !this.#guard.allows([host]) }
    client._connPool.tcpServer.maxConnections = incomingAtMost
    client.on('error', (error: unknown) => {
      if (this.#stopping) return
      if (client.destroyed) events.onFatal(toEngineError(error, 'keep the torrent engine running'))
      else events.onWarning(toEngineError(error, 'use every transport').message)
    })
  }

  /** @throws EngineError `unavailable` where the port is taken, `unsupported` where the settings contradict each other. */
  static async start(settings: TorrentSettings, events: ClientEvents): Promise<TorrentClient> {
    if (settings.discovery.utp && settings.bindHost !== null)
      throw new EngineError('unsupported', 'uTP listens on every address: turn it off, or do not name an address.')
    sendAtOnce()
    const memory = join(settings.root, 'port')
    const last = settings.port === 0 ? await lastPort(memory) : settings.port
    const client = await listening(settings, last).catch(async (error: unknown) => {
      if (settings.port !== 0 || last === 0) throw error
      return await listening(settings, 0)
    })
    const started = new TorrentClient(settings, client, events)
    if (settings.port === 0 && client.torrentPort !== last)
      await writeDurably(memory, `${client.torrentPort}\n`).catch((error: unknown) =>
        events.onWarning(toEngineError(error, 'remember the port').message),
      )
    return started
  }

  get port(): number {
    return this.#client.torrentPort
  }

  /** Where others can dial us, as `ip:port`. */
  get addresses(): readonly string[] {
    const addresses = this.settings.addresses.map((address) => dialable(address) ?? joined(address, this.port))
    return addresses.filter((address) => address !== null).slice(0, peerAddressesAtMost)
  }

  /** Loads a torrent; nothing of it is asked for until pieces are selected. The caller listens to `error`. */
  add(
    torrent: Uint8Array | string,
    options: Pick<TorrentOptions, 'preloadedStore' | 'bitfield'> & { readonly trackers?: readonly string[] },
  ): Torrent {
    const { trackers = [], ...rest } = options
    const added = this.#client.add(torrent, {
      // Nothing is written through this path: pieces go to the store, and a torrent without one never gets that far.
      path: this.settings.root,
      store: NoStore,
      deselect: true,
      strategy: 'sequential',
      uploads: uploadSlots,
      announce: [...this.settings.discovery.trackers, ...trackers],
      ...rest,
    })
    let forget = (_index: number) => {}
    const trials = tryPeers({ torrent: added, now: () => performance.now(), onAnew: (index) => forget(index) })
    forget = guardTorrent(added, this.#guard, {
      counts: (index, wire) => trials.sends(index, wire),
      onWrong: (index) => trials.wrong(index),
    })
    this.#trials.set(added, trials)
    if (this.settings.discovery.pex)
      sendPeerExchange(added, {
        port: this.port,
        worthTelling: (address) => this.#worthDialling(address),
      })
    return added
  }

  /**
   * Dials a peer that we were told of, unless it is out of reach, banned, already there, or ourselves. It goes before
   * those that other peers named, and if need be somebody who gives nothing makes room for it.
   */
  dial(torrent: Torrent, address: string): void {
    if (torrent.destroyed || !this.#worthDialling(address)) return
    const trials = this.#trials.get(torrent)
    trials?.name(address)
    torrent.addPeer(address)
    const at = torrent._queue.findIndex(({ addr }) => addr === address)
    if (at < 0) return
    torrent._queue.unshift(...torrent._queue.splice(at, 1))
    if (torrent._numConns >= incomingAtMost + dialledAtMost) trials?.worst()?.destroy()
  }

  limit({ download, upload }: Rates): void {
    this.#client.throttleDownload(download ?? -1)
    this.#client.throttleUpload(upload ?? -1)
  }

  /** Unloads a torrent and leaves its files alone. */
  async drop(torrent: Torrent): Promise<void> {
    if (torrent.destroyed) return
    await new Promise<void>((resolve) => torrent.destroy({ destroyStore: false }, () => resolve()))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#client.destroyed) return
    await new Promise<void>((resolve) => this.#client.destroy(() => resolve()))
  }

  #worthDialling(address: string): boolean {
    return !this.addresses.includes(address) && this.#guard.allows([address])
  }
}

/**
 * Turns Nagle's algorithm off for the sockets of this thread, which are webtorrent's: it makes them itself and has no
 * setting for it. Each small request would otherwise wait for an acknowledgement (200 archives of one piece took 4.2 s,
 * and take 0.9 s).
 */
function sendAtOnce(): void {
  for (const channel of ['net.client.socket', 'net.server.socket']) {
    unsubscribe(channel, withoutDelay)
    subscribe(channel, withoutDelay)
  }
}

function withoutDelay(message: unknown): void {
  if (typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket)
    message.socket.setNoDelay(true)
}

/** For torrents of which only the metainfo is wanted. */
class NoStore implements ChunkStore {
  readonly chunkLength: number
  constructor(chunkLength: number) {
    this.chunkLength = chunkLength
  }
  put(_index: number, _bytes: Uint8Array, done?: (error: Error | null) => void): void {
    done?.(new Error('Nothing is stored before its metainfo was checked.'))
  }
  get(
    _index: number,
    part: object | null | ((error: Error | null) => void),
    done?: (error: Error | null) => void,
  ): void {
    const reply = typeof part === 'function' ? part : done
    reply?.(new Error('Nothing is stored before its metainfo was checked.'))
  }
  close(done?: (error: Error | null) => void): void {
    done?.(null)
  }
  destroy(done?: (error: Error | null) => void): void {
    done?.(null)
  }
}

async function listening(settings: TorrentSettings, port: number): Promise<WebTorrent> {
  const { discovery, bindHost, uploadLimit, downloadLimit } = settings
  const trackers = discovery.trackers.length > 0 || discovery.linkTrackers
  const client = new WebTorrent({
    ...(bindHost === null
      ? { torrentPort: port }
      : { torrentPort: { port, host: bindHost }, dhtPort: { port: 0, address: bindHost } }),
    dht: discovery.dht,
    lsd: discovery.lsd,
    tracker: trackers,
    utPex: discovery.pex,
    utp: discovery.utp,
    natUpnp: discovery.natUpnp,
    natPmp: discovery.natPmp,
    webSeeds: false,
    secure: 1,
    maxConns: incomingAtMost + dialledAtMost,
    uploadLimit,
    downloadLimit,
  })
  const opened = Promise.withResolvers<void>()
  const failed = (error: unknown) => {
    // The TCP port's failure destroys the client; uTP's only turns uTP off.
    if (client.destroyed) opened.reject(toEngineError(error, `listen on port ${port}`))
  }
  client.on('error', failed)
  client.once('listening', () => opened.resolve())
  try {
    await opened.promise
  } finally {
    client.off('error', failed)
    client.on('error', () => {}) // an emitter without any listener would throw
  }
  return client
}

async function lastPort(file: string): Promise<number> {
  const port = Number(await readFile(file, 'utf8').catch(() => '0'))
  return Number.isInteger(port) && port > 0 && port < 65535 ? port : 0
}
