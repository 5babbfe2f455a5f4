/**
 * The contract over HTTP and WebSocket for browsers on this machine (RULES.md R7.4). It listens on 127.0.0.1 only and
 * answers to one name, `<32 random hex>.localhost`: another program on another port has another name, so the browser
 * gives it no cookie of ours. Every refusal is logged, by its reason and without what was sent.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { encode } from '../../shared/codec.ts'
import { events, isEventName } from '../../shared/contract.ts'
import type { Api } from '../api/index.ts'
import { type Assets, securityHeaders } from '../assets.ts'
import type { Clock } from '../clock.ts'
import { type Connection, serveSocket } from '../sockets/index.ts'
import { createMetrics } from './metrics.ts'
import { type Answer, createRoutes, type Request, signInPath } from './routes.ts'
import { Sessions } from './sessions.ts'

export interface ServeOptions {
  readonly api: Pick<Api, 'handle' | 'subscribe'>
  readonly assets: Assets
  /** 0 for any that is free. */
  readonly port: number
  readonly log: (line: string) => void
  /** For the waits between wrong sign-in links. */
  readonly clock: Pick<Clock, 'now'>
}

export interface Server {
  readonly port: number
  /** The one name it answers to, with the port. */
  readonly host: string
  /** A new link that signs one browser in, once. */
  signInLink(): string
  close(): Promise<void>
}

export class ServerError extends Error {
  readonly code: 'port-taken' | 'port-refused'
  constructor(port: number, cause: unknown) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    const what = isTaken ? 'is in use by another program' : 'cannot be opened'
    super(`Port ${port} ${what}. Choose another with --port, or leave it out for any free one.`, { cause })
    this.name = 'ServerError'
    this.code = isTaken ? 'port-taken' : 'port-refused'
  }
}

const maxFrame = 4 << 20
const maxSockets = 32
/** ms; a socket that has not answered since the one before is gone. */
const heartbeat = 30_000

/** @throws {ServerError} if the port cannot be had. */
export async function serve({ api, assets, port, log, clock }: ServeOptions): Promise<Server> {
  const http = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 })
  const bound = await listen(http, port)
  const host = `${randomBytes(16).toString('hex')}.localhost:${bound}`
  const sessions = new Sessions()
  const now = () => clock.now()
  const routes = createRoutes({ host, port: bound, assets, sessions, now })
  const security = securityHeaders(`'self' ws://${host}`)
  const handle = (name: string, input: unknown) => api.handle(name, input)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrame, perMessageDeflate: false })
  const connections = new Set<Connection>()

  const metrics = createMetrics({ api, browsers: () => connections.size })

  const respond = (request: IncomingMessage, response: ServerResponse, answer: Answer): void => {
    response.writeHead(answer.status, {
      ...security,
      'cache-control': 'no-store',
      'content-type': answer.type,
      ...answer.headers,
    })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }
  http.on('request', (request, response) => {
    request.resume()
    const answer = routes.answer(asRequest(request))
    if (answer.refusal) {
      metrics.refused(answer.status)
      log(`refused ${answer.status}: ${answer.refusal}`)
    }
    if (!answer.metrics) return respond(request, response, answer)
    metrics.read().then(
      (measured) => respond(request, response, { ...answer, ...measured }),
      (error: unknown) => {
        log(`metrics could not be read: ${error instanceof Error ? error.message : error}`)
        response.destroy()
      },
    )
  })

  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const full = { status: '503 Service Unavailable', refusal: 'too many sockets' }
    const refused = routes.refuseSocket(asRequest(request)) ?? (connections.size < maxSockets ? null : full)
    if (refused) {
      metrics.refused(Number(refused.status.slice(0, 3)))
      log(`refused ${refused.status.slice(0, 3)}: socket, ${refused.refusal}`)
      socket.end(`HTTP/1.1 ${refused.status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const connection = serveSocket(opened, handle, log)
      connections.add(connection)
      opened.on('close', () => connections.delete(connection))
    })
  })

  const unsubscribes = Object.keys(events)
    .filter(isEventName)
    .map((event) =>
      api.subscribe(event, (payload) => {
        if (connections.size === 0) return
        const frame = encode({ event, payload })
        for (const connection of connections) connection.send(frame)
      }),
    )
  const pulse = setInterval(() => {
    for (const connection of connections) if (!connection.isAlive()) connection.close()
  }, heartbeat)

  return {
    port: bound,
    host,
    signInLink: () => `http://${host}${signInPath}${sessions.issueLink()}`,
    async close() {
      clearInterval(pulse)
      for (const unsubscribe of unsubscribes) unsubscribe()
      for (const connection of connections) connection.close()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await closed
    },
  }
}

async function listen(http: HttpServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => reject(new ServerError(port, error)))
    http.listen({ port, host: '127.0.0.1', exclusive: true }, resolve)
  })
  const address = http.address()
  if (typeof address !== 'object' || address === null) throw new ServerError(port, undefined)
  return address.port
}

const asRequest = ({ method = '', url = '', headers }: IncomingMessage): Request => ({ method, url, headers })
