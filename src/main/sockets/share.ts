/** The running node for the person's other programs: the same frames as a browser gets, over a socket of this machine. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { encode } from '../../shared/codec.ts'
import { events, isEventName } from '../../shared/contract.ts'
import type { Share } from '../api/index.ts'
import { placeOf } from './address.ts'
import { type Connection, serveSocket } from './connection.ts'

const maxFrame = 4 << 20
const maxSockets = 32

/** Serves until closed; who is connected then is answered what is under way, and let go. */
export const shareOverSocket: Share = async ({ folder, api, log }) => {
  const place = await placeOf(folder)
  const http = createServer({ headersTimeout: 10_000, maxHeaderSize: 16_384 })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrame, perMessageDeflate: false })
  const connections = new Set<Connection>()
  http.on('request', (_request, response) => response.writeHead(426).end())
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (connections.size >= maxSockets) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const connection = serveSocket(opened, (name, input) => api.handle(name, input), log)
      connections.add(connection)
      opened.on('close', () => connections.delete(connection))
    })
  })
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen({ path: place.address, exclusive: true }, resolve)
    })
    await place.tell()
  } catch (error) {
    http.close()
    await place.clear()
    throw error
  }
  const unsubscribes = Object.keys(events)
    .filter(isEventName)
    .map((event) =>
      api.subscribe(event, (payload) => {
        if (connections.size === 0) return
        const frame = encode({ event, payload })
        for (const connection of connections) connection.send(frame)
      }),
    )
  return {
    async close() {
      for (const unsubscribe of unsubscribes) unsubscribe()
      // Takes the socket's file away at once; its callback would wait for those who are still connected.
      http.close()
      for (const connection of connections) connection.finish()
      await place.clear()
    },
  }
}
