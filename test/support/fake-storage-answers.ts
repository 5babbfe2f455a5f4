/** How fake-storage-node.ts answers, and what it can be told to do wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a node does wrong, or otherwise than one hopes; may be changed while it runs. */
export interface Quirks {
  /** Streams end after so many bytes, although the head said 200 and more. */
  truncateAfter?: number
  /** Truncated streams end in order, as if that had been all. */
  truncateQuietly?: boolean
  /** Cancelling is not offered. */
  noCancel?: boolean
  /** MIME types that it takes besides none. */
  types?: readonly string[]
  /** It refuses a type by hanging up while the bytes are still coming, so that its answer is lost. */
  slams?: boolean
  /** Block whose bytes it gives wrong. */
  wrongBlock?: number
  /** Downloads in the background end, as if they were done, after so many blocks. */
  giveUpAfter?: number
  /** What it answers instead, to requests whose path matches. */
  instead?: { readonly path: RegExp; readonly answer: (request: IncomingMessage, response: ServerResponse) => void }
}

export function end(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status, { 'content-type': 'text/plain' })
  response.end(text)
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

export const drained = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })

/** After its head, and what was written by now. */
export function breakOff(response: ServerResponse): void {
  response.flushHeaders()
  response.socket?.destroySoon()
}
