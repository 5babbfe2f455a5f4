/**
 * One length-prefixed request, one length-prefixed answer on a libp2p stream: the form of every Waku protocol but
 * relay and filter push. A hung peer costs a deadline, never a promise that stays open.
 */
import type { Connection, Stream } from '@libp2p/interface'
import * as lengthPrefixed from 'it-length-prefixed'
import { asWakuError, WakuError } from './errors.ts'

/** For mplex: room for a page of large messages, and patience with peers that close streams in their own order. */
export const muxing = { maxStreamBufferSize: 16 * 1024 * 1024, disconnectThreshold: 500 }

/** libp2p hangs up on a peer that does not answer pings. A busy machine answers late; a lost one never. */
export const monitoring = { pingInterval: 15_000, pingTimeout: { minTimeout: 20_000 } }

/** A frame, and what is left to do with the stream it came on. */
export interface ReadFrame {
  readonly bytes: Uint8Array
  /**
   * Closes the stream once the other side has closed its end, or after a second. Not before: to mplex, words for a
   * stream that is gone are an attack, and it hangs up after a few of them.
   */
  end(): void
}

/**
 * The first frame of a stream.
 * @throws WakuError `too-large` above `limit` bytes; `unavailable` if the stream ends without one.
 */
export async function readFrame(stream: Stream, limit: number): Promise<ReadFrame> {
  const frames = lengthPrefixed.decode(stream.source, { maxDataLength: limit })
  let first: Awaited<ReturnType<typeof frames.next>>
  try {
    first = await frames.next()
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidDataLengthError')
      throw new WakuError('too-large', `A frame is larger than ${limit} bytes.`, { cause: error })
    throw asWakuError(error, 'unavailable', 'The other side broke off.')
  }
  if (first.done) throw new WakuError('unavailable', 'The other side closed without a word.')
  return { bytes: first.value.subarray(), end: () => void endAfter(stream, frames) }
}

const lingering = 1000

async function endAfter(stream: Stream, rest: AsyncIterable<unknown>): Promise<void> {
  const late = setTimeout(() => stream.abort(new Error('The other side does not close.')), lingering)
  try {
    for await (const _ of rest) {
      // One frame was asked for.
    }
    await stream.close()
  } catch {
    stream.abort(new Error('The other side broke off.'))
  } finally {
    clearTimeout(late)
  }
}

/** Writes one frame and closes the writing end. */
export async function writeFrame(stream: Stream, bytes: Uint8Array): Promise<void> {
  await stream.sink([lengthPrefixed.encode.single(bytes)])
}

export interface RequestOptions {
  /** ms for everything: opening the stream, sending, and the whole answer. */
  readonly timeout: number
  /** Bytes of the answer. */
  readonly limit: number
  readonly signal?: AbortSignal
}

/**
 * Sends a request to the first of `codecs` that the peer speaks; `encode` is told which.
 * @throws WakuError `unavailable`, `timeout`, `aborted` or `too-large` (the answer).
 */
export async function request(
  connection: Connection,
  codecs: readonly string[],
  encode: (codec: string) => Uint8Array,
  options: RequestOptions,
): Promise<{ readonly codec: string; readonly bytes: Uint8Array }> {
  const abandoned = new AbortController()
  const abandon = () => abandoned.abort(new WakuError('aborted', 'Abandoned on request.'))
  const giveUp = () => abandoned.abort(new WakuError('timeout', `No answer within ${options.timeout / 1000} s.`))
  const deadline = setTimeout(giveUp, options.timeout)
  let stream: Stream | null = null
  abandoned.signal.addEventListener('abort', () => stream?.abort(new Error('abandoned')))
  options.signal?.addEventListener('abort', abandon, { once: true })
  try {
    if (options.signal?.aborted) abandon()
    abandoned.signal.throwIfAborted()
    stream = await connection.newStream([...codecs], { signal: abandoned.signal, maxOutboundStreams: 256 })
    const codec = stream.protocol ?? codecs[0] ?? ''
    await writeFrame(stream, encode(codec))
    const frame = await readFrame(stream, options.limit)
    abandoned.signal.throwIfAborted()
    frame.end()
    return { codec, bytes: frame.bytes }
  } catch (error) {
    stream?.abort(new Error('failed'))
    throw asWakuError(abandoned.signal.reason ?? error, 'unavailable', 'The service node cannot be asked.')
  } finally {
    clearTimeout(deadline)
    options.signal?.removeEventListener('abort', abandon)
  }
}
