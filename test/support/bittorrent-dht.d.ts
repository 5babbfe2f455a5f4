/** The part of bittorrent-dht, which comes with webtorrent, that a test uses as the first node of a private DHT. */
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events'

  export class Client extends EventEmitter {
    constructor(options: { readonly bootstrap: false | readonly string[] })
    listen(at: { readonly port: number; readonly address: string }): void
    address(): { readonly port: number }
    destroy(done: () => void): void
  }
}
