/** The part of webtorrent 3 that the torrent engine uses; the package ships no types of its own. */
declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events'
  import type { Server } from 'node:net'

  export interface ChunkStore {
    readonly chunkLength: number
    put(index: number, bytes: Uint8Array, done?: (error: Error | null) => void): void
    get(index: number, done: (error: Error | null, bytes?: Uint8Array) => void): void
    get(
      index: number,
      part: { offset?: number; length?: number } | null,
      done: (error: Error | null, bytes?: Uint8Array) => void,
    ): void
    close(done?: (error: Error | null) => void): void
    destroy(done?: (error: Error | null) => void): void
  }

  export interface ClientOptions {
    /** Handed to `net.Server.listen` as it is, so that an object may name a host as well. */
    readonly torrentPort?: number | { readonly port: number; readonly host: string }
    readonly dht?: false | { readonly bootstrap: readonly string[] }
    /** Handed to `dgram.Socket.bind` as it is. */
    readonly dhtPort?: number | { readonly port: number; readonly address: string }
    readonly lsd?: boolean
    readonly tracker?: boolean | object
    readonly utPex?: boolean
    readonly utp?: boolean
    readonly natUpnp?: boolean
    readonly natPmp?: boolean
    readonly webSeeds?: boolean
    readonly secure?: 0 | 1 | 2
    readonly maxConns?: number
    /** bytes/s; -1 is no limit. */
    readonly uploadLimit?: number
    readonly downloadLimit?: number
    readonly userAgent?: string
  }

  export interface TorrentOptions {
    readonly path?: string
    readonly announce?: readonly string[]
    readonly store?: new (chunkLength: number, options: object) => ChunkStore
    readonly preloadedStore?: ChunkStore
    readonly bitfield?: Uint8Array
    readonly deselect?: boolean
    readonly skipVerify?: boolean
    readonly strategy?: 'sequential' | 'rarest'
    readonly uploads?: number | false
    readonly storeCacheSlots?: number
  }

  export interface PeerExchange {
    /** From now on once in 65 s. */
    start(): void
    /** @throws where the peer has not said that it takes such messages; also out of the timer of `start`. */
    _sendMessage(): void
    addPeer(address: string): void
    addPeer6(address: string): void
    dropPeer(address: string): void
    dropPeer6(address: string): void
  }

  export interface Wire extends EventEmitter {
    /** 40 hex digits that the peer chose for itself. */
    readonly peerId: string
    readonly remoteAddress?: string
    readonly remotePort?: number
    readonly type: string
    readonly destroyed: boolean
    readonly peerChoking: boolean
    /** Both speak the fast extension (BEP 6). */
    readonly hasFast: boolean
    /** What is sent to the peer in our extended handshake (BEP 10). */
    readonly extendedHandshake: Record<string, unknown>
    readonly ut_pex?: PeerExchange
    /** The numbers under which the peer takes extension messages, by their names; 0 where it takes none any more. */
    readonly peerExtendedMapping: Readonly<Record<string, number>>
    /** What the peer has said it holds. */
    readonly peerPieces: { get(piece: number): boolean }
    destroy(): void
  }

  /** A piece on its way. */
  export interface Piece {
    readonly length: number
    readonly constructor: new (length: number) => Piece
  }

  export interface Torrent extends EventEmitter {
    readonly infoHash: string
    /** Bencoded metainfo, once it is known. */
    readonly torrentFile: Uint8Array | null
    readonly ready: boolean
    readonly destroyed: boolean
    readonly wires: readonly Wire[]
    readonly numPeers: number
    readonly downloadSpeed: number
    readonly uploadSpeed: number
    /** Null for those that are there. */
    readonly pieces: (Piece | null)[]
    addPeer(address: string): boolean
    /** Peers that are yet to be dialled, the next one first. */
    readonly _queue: { readonly addr: string }[]
    /** Connections, whether or not a handshake was exchanged. */
    readonly _numConns: number
    /** Asks a peer for a block of a piece, or does not. */
    _request(wire: Wire, index: number, hotswap: boolean): boolean
    /** Looks at every peer, and asks those that can be asked. */
    _update(): void
    /**
     * The public `select` merges neighbouring ranges and so loses their order; a stream's selection (last argument)
     * stays as it is. Used by `File.createReadStream`, which has the same need.
     */
    _select(from: number, to: number, priority: number, notify: undefined, stream: true): void
    _deselect(from: number, to: number, stream: true): void
    destroy(options: { readonly destroyStore?: boolean }, done?: (error?: Error | null) => void): void
  }

  export default class WebTorrent extends EventEmitter {
    constructor(options?: ClientOptions)
    static readonly UTP_SUPPORT: boolean
    readonly torrents: readonly Torrent[]
    readonly torrentPort: number
    readonly listening: boolean
    readonly destroyed: boolean
    /** Asked before any peer is dialled, whoever named it. */
    blocked?: { contains(host: string): boolean }
    readonly _connPool: { readonly tcpServer: Server }
    /** bytes/s; -1 is no limit. */
    throttleDownload(rate: number): void
    throttleUpload(rate: number): void
    add(torrent: Uint8Array | string, options?: TorrentOptions): Torrent
    destroy(done?: (error?: Error | null) => void): void
  }
}
