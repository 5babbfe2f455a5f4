/**
 * One socket, a browser's or another program's. Requests come in as `{id, name, input}` and are answered as `{id, reply}`, in any order; events
 * go out as `{event, payload}`. Whoever reads too slowly is not sent what it cannot take: events are left out
 * until it has caught up, then it gets one `{event: "resync"}` and asks again for what it shows.
 */
import type { WebSocket } from 'ws'
import { resync } from '../../shared/channels.ts'
import { CodecError, decode, encode } from '../../shared/codec.ts'
import type { Reply } from '../../shared/contract.ts'

type Handle = (name: string, input: unknown) => Promise<Reply>

/** Requests under way for one socket; further ones wait, and the socket is not read until they have had their turn. */
const maxPending = 64
/** Bytes waiting to be sent from which on events are left out, and below which they are sent again. */
const highWater = 1 << 20
const lowWater = 1 << 16

/** Close codes of RFC 6455 §7.4.1. */
const unsupportedData = 1003
const invalidPayload = 1007
const goingAway = 1001
/** ms that a socket may take to finish. */
const lastCall = 1000

export interface Connection {
  /** Sends an event already encoded as a frame, or leaves it out if the browser is behind. */
  send(frame: string): void
  /** True if it answered since the last call. */
  isAlive(): boolean
  /** Answers what is under way, then closes; after a second in any case. */
  finish(): void
  close(): void
}

export function serveSocket(socket: WebSocket, handle: Handle, log: (line: string) => void): Connection {
  let pending = 0
  /** What had already been read when the socket was paused. */
  const waiting: Request[] = []
  let behind = false
  let finishing = false
  let alive = true

  /** Every frame's flush is a chance to find that the browser has caught up. */
  const write = (frame: string): void => {
    if (socket.readyState !== socket.OPEN) return
    socket.send(frame, () => {
      if (!behind || socket.bufferedAmount > lowWater) return
      behind = false
      write(encode({ event: resync }))
    })
  }

  const accept = (request: Request): void => {
    if (pending < maxPending) return void answer(request)
    waiting.push(request)
    socket.pause()
  }

  const answer = async (request: Request): Promise<void> => {
    pending++
    try {
      write(encode({ id: request.id, reply: await handle(request.name, request.input) }))
    } catch (error) {
      // The node always answers; what arrives here is an answer that no frame can carry.
      log(`answer to ${request.name} failed: ${error instanceof Error ? error.message : 'unknown'}`)
      write(encode({ id: request.id, reply: internalFailure }))
    } finally {
      pending--
      const next = waiting.shift()
      if (next) accept(next)
      else if (socket.isPaused) socket.resume()
      if (finishing && pending === 0) socket.close(goingAway)
    }
  }

  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(unsupportedData)
    const request = parseRequest(String(data))
    if (!request) return socket.close(invalidPayload)
    accept(request)
  })
  socket.on('pong', () => {
    alive = true
  })
  // A frame beyond the limit, or a broken one: ws closes the socket itself.
  socket.on('error', (error) => log(`socket closed: ${error.message}`))

  return {
    send(frame) {
      if (socket.bufferedAmount > highWater) behind = true
      if (!behind) write(frame)
    },
    isAlive() {
      const answered = alive
      alive = false
      if (answered && socket.readyState === socket.OPEN) socket.ping()
      return answered
    },
    finish() {
      finishing = true
      if (pending === 0) socket.close(goingAway)
      const timer = setTimeout(() => socket.terminate(), lastCall)
      socket.once('close', () => clearTimeout(timer))
    },
    close: () => socket.terminate(),
  }
}

const internalFailure: Reply = {
  ok: false,
  error: { code: 'internal', message: 'The answer could not be sent.', action: 'Try again; the log has the reason.' },
}

interface Request {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

function parseRequest(text: string): Request | null {
  let frame: unknown
  try {
    frame = decode(text)
  } catch (error) {
    if (error instanceof CodecError) return null
    throw error
  }
  if (typeof frame !== 'object' || frame === null || !('id' in frame) || !('name' in frame)) return null
  const { id, name } = frame
  if (!Number.isSafeInteger(id) || typeof id !== 'number' || typeof name !== 'string') return null
  return { id, name, input: 'input' in frame ? frame.input : undefined }
}
