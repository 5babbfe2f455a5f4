/**
 * A BitTorrent tracker of one screen (BEP 3, BEP 23), for clients that find peers in no other way. It remembers every
 * port that was announced from this machine and forgets nothing.
 */
import { createServer } from 'node:http'
import { bencode } from '../../src/main/wire/index.ts'

export interface Tracker {
  /** The announce URL. */
  readonly url: string
  close(): Promise<void>
}

export async function startTracker(): Promise<Tracker> {
  const ports = new Map<string, Set<number>>()
  const server = createServer((request, response) => {
    const query = (request.url ?? '').split('?')[1] ?? ''
    const parameter = (name: string) => new RegExp(`(?:^|&)${name}=([^&]*)`).exec(query)?.[1] ?? ''
    const infoHash = unescape(parameter('info_hash'))
    const port = Number(parameter('port'))
    const known = ports.get(infoHash) ?? new Set<number>()
    ports.set(infoHash, known.add(port))
    const others = [...known].filter((other) => other !== port)
    const peers = Uint8Array.from(others.flatMap((other) => [127, 0, 0, 1, other >> 8, other & 0xff]))
    const reply = new Map<string, number | Uint8Array>([
      ['complete', 1],
      ['incomplete', 1],
      ['interval', 2],
      ['min interval', 1],
      ['peers', peers],
    ])
    response.end(bencode(reply))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/announce`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
