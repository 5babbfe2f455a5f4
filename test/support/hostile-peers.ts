/**
 * BitTorrent peers that are there to be in the way: they take connections and make them, claim to have everything, and
 * give nothing or garbage. One that is hung up on comes back at once under another name.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import Wire from 'bittorrent-protocol'

/** `mute` says nothing after its handshake, `idle` promises and never answers, `liar` answers with garbage. */
export type Malice = 'mute' | 'idle' | 'liar'

export interface Crowd {
  /** Where each of them listens. */
  readonly addresses: readonly string[]
  /** Connections that are open now. */
  readonly open: () => number
  /** Dials a victim with all of them, and again whenever it hangs up. */
  besiege(port: number): void
  close(): Promise<void>
}

/** ms until a peer that was hung up on is back. */
const backAfter = 50

export async function hostileCrowd(infoHash: string, malices: readonly Malice[]): Promise<Crowd> {
  const sockets = new Set<Socket>()
  let over = false

  const speak = (socket: Socket, malice: Malice, incoming: boolean): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const wire = new Wire(incoming ? 'tcpIncoming' : 'tcpOutgoing', incoming ? 1 : 0)
    wire.on('error', () => socket.destroy())
    wire.on('close', () => socket.destroy())
    const greet = () => wire.handshake(infoHash, randomBytes(20).toString('hex'), { fast: true })
    wire.on('handshake', () => {
      if (incoming) greet()
      if (malice === 'mute') return
      wire.haveAll()
      wire.unchoke()
    })
    wire.on('request', (_index: number, _offset: number, length: number, answer: (e: null, bytes: Buffer) => void) => {
      if (malice === 'liar') answer(null, randomBytes(length))
    })
    socket.pipe(wire).pipe(socket)
    if (!incoming) greet()
  }

  const servers = await Promise.all(
    malices.map(async (malice) => {
      const server = createServer((socket) => speak(socket, malice, true)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const assault = (port: number, malice: Malice): void => {
    if (over) return
    const socket = connect(port, '127.0.0.1')
    speak(socket, malice, false)
    socket.on('close', () => setTimeout(assault, backAfter, port, malice))
  }
  return {
    addresses: servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    open: () => sockets.size,
    besiege: (port) => {
      for (const malice of malices) assault(port, malice)
    },
    close: async () => {
      over = true
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => (server.listening ? once(server, 'close') : null)))
    },
  }
}
