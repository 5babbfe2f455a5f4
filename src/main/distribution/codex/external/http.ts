/**
 * HTTP to one node, which is believed nothing: every answer has a limit in bytes and in time, no redirect is followed, no
 * proxy asked, no encoding undone, and no connection kept, since whatever is behind the address may have been replaced.
 */
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { type Clock, wait } from '../../../clock.ts'

/** The node does not answer, or stopped in the middle: whether it is there has to be asked anew. */
export class NodeGone extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NodeGone'
  }
}

/** The node answers what no Codex node may answer. */
export class NodeStrange extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NodeStrange'
  }
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Beginning with a slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly length: number; readonly bytes: AsyncIterable<Uint8Array> }
  readonly signal?: AbortSignal | undefined
  /** ms: for the whole answer of `ask`, and without any byte of it for `open`. */
  readonly timeout: number
}

export interface Answer {
  readonly status: number
  readonly body: Uint8Array
}

export interface OpenAnswer {
  readonly status: number
  /** What the node says is coming, bytes; null where it does not say. */
  readonly length: number | null
  /** Ends where the node ends it, which may be too early. @throws NodeGone if the connection broke */
  readonly bytes: AsyncGenerator<Uint8Array>
  close(): void
}

export class NodeHttp {
  readonly #origin: URL
  readonly #clock: Clock

  constructor(origin: string, clock: Clock) {
    this.#origin = new URL(origin)
    // A name is looked up elsewhere; this one has only one honest answer.
    if (this.#origin.hostname === 'localhost') this.#origin.hostname = '127.0.0.1'
    this.#clock = clock
  }

  /** @throws NodeGone, NodeStrange if there are more than `limit` bytes, or the signal's reason */
  async ask(question: Question, limit: number): Promise<Answer> {
    const late = new AbortController()
    const over = new AbortController()
    const deadline = wait(this.#clock, question.timeout, over.signal).then(
      () => late.abort(new NodeGone(`it did not answer within ${question.timeout / 1000} s`)),
      () => {},
    )
    const signals = question.signal === undefined ? [late.signal] : [late.signal, question.signal]
    try {
      const answer = await this.open({ ...question, signal: AbortSignal.any(signals) })
      const parts: Uint8Array[] = []
      let length = 0
      for await (const bytes of answer.bytes) {
        length += bytes.length
        if (length > limit) throw new NodeStrange(`it answers with more than ${limit} bytes`)
        parts.push(bytes)
      }
      return { status: answer.status, body: Buffer.concat(parts) }
    } finally {
      over.abort()
      await deadline
    }
  }

  /** The head of an answer; its bytes come as they are read. @throws NodeGone, NodeStrange, or the signal's reason */
  async open({ method, path, headers = {}, body, signal, timeout }: Question): Promise<OpenAnswer> {
    signal?.throwIfAborted()
    const send = this.#origin.protocol === 'https:' ? requestSecure : requestPlain
    const length = body === undefined ? {} : { 'content-length': body.length }
    const plain = { 'accept-encoding': 'identity', ...headers, ...length }
    const request = send(new URL(path, this.#origin), { method, agent: false, headers: plain })
    const found = Promise.withResolvers<IncomingMessage>()
    const quiet = this.#quiet(timeout, () => request.destroy(new NodeGone(`it was silent for ${timeout / 1000} s`)))
    const abort = () => request.destroy(asError(signal?.reason))
    signal?.addEventListener('abort', abort, { once: true })
    const end = () => {
      quiet.end()
      signal?.removeEventListener('abort', abort)
      request.destroy()
    }
    const why = (error: unknown) => (signal?.aborted ? signal.reason : goneFor(error))
    request.on('response', found.resolve)
    request.on('error', (error) => found.reject(why(error)))
    request.on('close', () => found.reject(why(new Error('the connection was closed'))))
    try {
      if (body === undefined) request.end()
      else void feed(request, body.bytes, quiet.stir).catch((error: unknown) => request.destroy(asError(error)))
      const response = await found.promise
      const status = response.statusCode ?? 0
      if (status < 200 || (status >= 300 && status < 400))
        throw new NodeStrange(`it answers with a redirect (${status}), and none is followed`)
      const encoding = response.headers['content-encoding'] ?? 'identity'
      if (encoding !== 'identity') throw new NodeStrange(`it answers in the encoding ${encoding.slice(0, 40)}`)
      const said = Number(response.headers['content-length'] ?? Number.NaN)
      return {
        status,
        length: Number.isSafeInteger(said) ? said : null,
        bytes: bytesOf(response, quiet.stir, why, end),
        close: end,
      }
    } catch (error) {
      end()
      throw error
    }
  }

  /** Calls `late` when it was not stirred for `timeout` ms. */
  #quiet(timeout: number, late: () => void): { readonly stir: () => void; readonly end: () => void } {
    let last = this.#clock.now()
    let cancel = () => {}
    const look = () => {
      const rest = last + timeout - this.#clock.now()
      if (rest > 0) cancel = this.#clock.setTimer(rest, look)
      else late()
    }
    look()
    return {
      stir: () => {
        last = this.#clock.now()
      },
      end: () => cancel(),
    }
  }
}

async function* bytesOf(
  response: IncomingMessage,
  stir: () => void,
  why: (error: unknown) => unknown,
  end: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of response) {
      stir()
      yield bytes as Uint8Array
      stir() // whoever reads may take their time
    }
  } catch (error) {
    throw why(error)
  } finally {
    end()
  }
}

/** Writes a body as fast as it is taken. */
async function feed(request: ReturnType<typeof requestPlain>, source: AsyncIterable<Uint8Array>, stir: () => void) {
  for await (const bytes of source) {
    if (request.destroyed) return
    stir()
    if (!request.write(bytes)) await drained(request)
  }
  request.end()
}

/** There is room for more, or nobody to take it. */
const drained = (request: ReturnType<typeof requestPlain>) =>
  new Promise<void>((resolve) => {
    const go = () => {
      request.off('drain', go).off('close', go)
      resolve()
    }
    request.on('drain', go).on('close', go)
  })

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

const sayings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it broke the connection',
  EPIPE: 'it broke the connection',
  EHOSTUNREACH: 'there is no way to that computer',
  ENETUNREACH: 'there is no way to that computer',
  ENOTFOUND: 'nobody knows that name',
  EAI_AGAIN: 'nobody knows that name',
  ETIMEDOUT: 'it does not answer',
}

function goneFor(error: unknown): Error {
  if (error instanceof NodeGone || error instanceof NodeStrange) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = sayings[code]
  if (known !== undefined) return new NodeGone(known, error)
  const message = error instanceof Error ? error.message : String(error)
  // What is not HTTP, or more of it than a head may have.
  if (code.startsWith('HPE_')) return new NodeStrange(`it does not speak HTTP (${message})`)
  return new NodeGone(message, error)
}
