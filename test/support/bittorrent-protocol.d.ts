/** The part of bittorrent-protocol, which comes with webtorrent, of which tests make peers that webtorrent would not be. */
declare module 'bittorrent-protocol' {
  import type { Duplex } from 'node:stream'

  export default class Wire extends Duplex {
    constructor(type: 'tcpIncoming' | 'tcpOutgoing', secure: 0 | 1)
    handshake(infoHash: string, peerId: string, extensions?: { readonly fast?: boolean }): void
    haveAll(): void
    unchoke(): void
  }
}
