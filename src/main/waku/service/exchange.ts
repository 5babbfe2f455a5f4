/**
 * Serves one request-and-answer protocol: reads with bounds of size, time and rate, and answers what it cannot use
 * with a status instead of a reset, wherever the protocol has one.
 */
import type { Connection, IncomingStreamData, Libp2p } from '@libp2p/interface'
import { asWakuError, WakuError } from '../errors.ts'
import { type ReadFrame, readFrame, writeFrame } from '../frames.ts'
import type { Limits, PeerRates } from './limits.ts'

export interface Exchange {
  readonly codec: string
  /** Bytes of a request. */
  readonly requestBytes: number
  answer(request: Uint8Array, connection: Connection): Uint8Array | Promise<Uint8Array>
  /** An answer that says no; null where the protocol has no word for it, and the stream is reset. */
  refuse(status: 400 | 413 | 429 | 500, reason: string): Uint8Array | null
}

/** Thrown by `answer` for a request that cannot be decoded. */
export class BadRequestError extends Error {
  readonly code = 'bad-request'
  constructor(cause: unknown) {
    super('The request does not decode.', { cause })
    this.name = 'BadRequestError'
  }
}

/** Runs a decoder on a stranger's bytes. */
export function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw new BadRequestError(error)
  }
}

export async function serveExchange(
  libp2p: Libp2p,
  exchange: Exchange,
  rates: PeerRates,
  limits: Limits,
): Promise<void> {
  const handler = ({ stream, connection }: IncomingStreamData) => {
    const deadline = setTimeout(() => stream.abort(new Error('The request took too long.')), limits.requestTimeout)
    respond(exchange, rates, { stream, connection })
      .catch((error) => stream.abort(asWakuError(error, 'unavailable', 'The request was not answered.')))
      .finally(() => clearTimeout(deadline))
  }
  await libp2p.handle(exchange.codec, handler, {
    maxInboundStreams: limits.streams,
    maxOutboundStreams: limits.streams,
  })
}

async function respond(exchange: Exchange, rates: PeerRates, { stream, connection }: IncomingStreamData) {
  let answer: Uint8Array | null
  let frame: ReadFrame | null = null
  try {
    frame = await readFrame(stream, exchange.requestBytes)
    answer = rates.take(connection.remotePeer.toString())
      ? await exchange.answer(frame.bytes, connection)
      : exchange.refuse(429, 'Too many requests; slow down.')
  } catch (error) {
    if (error instanceof WakuError && error.code === 'too-large')
      answer = exchange.refuse(413, `A request has at most ${exchange.requestBytes} bytes.`)
    else if (error instanceof BadRequestError) answer = exchange.refuse(400, error.message)
    else if (frame !== null) answer = exchange.refuse(500, 'The node failed; try again.')
    else throw error
  }
  if (answer === null) throw new WakuError('refused', 'The request cannot be answered.')
  await writeFrame(stream, answer)
  if (frame === null) await stream.closeRead()
  else frame.end()
}
