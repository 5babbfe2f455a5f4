/**
 * The REST interface of a Logos Storage (Codex) node, one method for each thing that can be asked (CODEX.md §1). It went
 * by the name of `codex` until the end of 2025 and of `storage` since; which one is there is found out by asking.
 */
import type { z } from 'zod'
import { parseManifestCid } from '../../../wire/index.ts'
import {
  type DescribedDataset,
  existsShape,
  fetchShape,
  infoShape,
  jsonOf,
  MAX_ANSWER,
  manifestShape,
  type NodeInfo,
  type NodeProgress,
  type NodeSpace,
  progressShape,
  spaceShape,
  textOf,
} from './answers.ts'
import { type Answer, type NodeHttp, NodeStrange, type OpenAnswer, type Question } from './http.ts'

/** Prefix of the interface: `/api/storage/v1`, or `/api/codex/v1` of nodes before 2026. */
export type Flavour = 'storage' | 'codex'
export const flavours: readonly Flavour[] = ['storage', 'codex']

/** The node says no. */
export class NodeRefusal extends Error {
  readonly status: number
  constructor(status: number, doing: string, text: string) {
    super(`it refused to ${doing} (${status}${text === '' ? '' : `: ${text}`})`)
    this.name = 'NodeRefusal'
    this.status = status
  }
}

export interface Upload {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly size: number
  /** Both are part of the CID. Null: none. */
  readonly filename: string | null
  readonly mimetype: string | null
}

export interface Asking {
  readonly signal?: AbortSignal | undefined
  /** ms */
  readonly timeout?: number
}

/** ms that an answer from the node's own disk or memory may take */
const usualTimeout = 15_000

export class NodeClient {
  readonly #http: NodeHttp
  readonly flavour: Flavour

  constructor(http: NodeHttp, flavour: Flavour) {
    this.#http = http
    this.flavour = flavour
  }

  /** Null: this interface is not there. */
  async info(asking: Asking = {}): Promise<NodeInfo | null> {
    const answer = await this.#ask({ method: 'GET', path: '/debug/info' }, asking)
    return answer.status === 404 ? null : read(answer, 'describe itself', infoShape)
  }

  async space(asking: Asking = {}): Promise<NodeSpace> {
    return read(await this.#ask({ method: 'GET', path: '/space' }, asking), 'count its space', spaceShape)
  }

  /** Its signed peer record; empty while it has none. */
  async spr(asking: Asking = {}): Promise<string> {
    const headers = { accept: 'text/plain' }
    const answer = await this.#ask({ method: 'GET', path: '/spr', headers }, asking)
    return answer.status === 200 ? textOf(answer.body, 4096) : ''
  }

  /** Streams a dataset in. @returns its manifest's CID. @throws NodeRefusal: 422 for names it does not take, 500 when full */
  async upload(
    { bytes, size, filename, mimetype }: Upload,
    { signal, timeout = 60_000 }: Asking = {},
  ): Promise<string> {
    const headers = {
      ...(mimetype === null ? {} : { 'content-type': mimetype }),
      ...(filename === null ? {} : { 'content-disposition': `attachment; filename="${filename}"` }),
    }
    const body = { length: size, bytes }
    const answer = await this.#http.open({ ...this.#question('POST', '/data', signal, timeout), headers, body })
    const text = textOf(await whole(answer), 512)
    if (answer.status !== 200) throw new NodeRefusal(answer.status, 'take an upload', text)
    parseManifestCid(text)
    return text
  }

  /** Asks the network if the node has it not itself; null: not found. The caller says how long that may take. */
  async manifest(cid: string, asking: Asking): Promise<DescribedDataset | null> {
    const answer = await this.#ask({ method: 'GET', path: `/data/${plain(cid)}/network/manifest` }, asking)
    return answer.status === 404 ? null : read(answer, 'give a manifest', manifestShape).manifest
  }

  /**
   * Begins to fetch in the background. `null`: no manifest was found; `busy`: it cannot start now; a download without an
   * id can be neither watched nor cancelled.
   */
  async fetch(cid: string, asking: Asking): Promise<{ readonly id: string | null } | 'busy' | null> {
    const answer = await this.#ask({ method: 'POST', path: `/data/${plain(cid)}/network` }, asking)
    if (answer.status === 404) return null
    if (answer.status === 409) return 'busy'
    const { downloadId = null } = read(answer, 'fetch', fetchShape)
    return { id: downloadId }
  }

  async progress(cid: string, id: string, asking: Asking = {}): Promise<NodeProgress> {
    const path = `/data/${plain(cid)}/network/progress/${id}`
    const answer = await this.#ask({ method: 'GET', path }, asking)
    return answer.status === 404 ? { active: false } : read(answer, 'tell its progress', progressShape)
  }

  /** @returns whether there was something to cancel, and it can be cancelled at all */
  async cancel(cid: string, id: string, asking: Asking = {}): Promise<boolean> {
    const answer = await this.#ask({ method: 'DELETE', path: `/data/${plain(cid)}/network/${id}` }, asking)
    return answer.status === 204 || answer.status === 200
  }

  /** The dataset from the node's own disk, or from the network. It may end too early, whatever was promised. */
  async read(cid: string, from: 'disk' | 'network', { signal, timeout = usualTimeout }: Asking): Promise<OpenAnswer> {
    const path = `/data/${plain(cid)}${from === 'network' ? '/network/stream' : ''}`
    return await this.#http.open(this.#question('GET', path, signal, timeout))
  }

  /** Whether its manifest is there, and only that: blocks may be missing. */
  async has(cid: string, asking: Asking = {}): Promise<boolean> {
    const answer = await this.#ask({ method: 'GET', path: `/data/${plain(cid)}/exists` }, asking)
    return answer.status !== 404 && read(answer, 'look for a dataset', existsShape)[cid] === true
  }

  /** From this node only. */
  async remove(cid: string, asking: Asking = {}): Promise<void> {
    const answer = await this.#ask({ method: 'DELETE', path: `/data/${plain(cid)}` }, asking)
    if (answer.status !== 404) expect2xx(answer, 'remove a dataset')
  }

  /** Without addresses the node looks for the peer itself. */
  async connect(peer: string, addresses: readonly string[], asking: Asking = {}): Promise<void> {
    const query = addresses.map((address) => `addrs=${encodeURIComponent(address)}`).join('&')
    const path = `/connect/${encodeURIComponent(peer)}${query === '' ? '' : `?${query}`}`
    expect2xx(await this.#ask({ method: 'GET', path }, asking), 'connect')
  }

  #ask(
    question: Pick<Question, 'method' | 'path' | 'headers'>,
    { signal, timeout = usualTimeout }: Asking,
  ): Promise<Answer> {
    const whole = { ...question, ...this.#question(question.method, question.path, signal, timeout) }
    return this.#http.ask(whole, MAX_ANSWER)
  }

  #question(method: Question['method'], path: string, signal: AbortSignal | undefined, timeout: number): Question {
    return { method, path: `/api/${this.flavour}/v1${path}`, signal, timeout }
  }
}

function read<T>(answer: Answer, doing: string, shape: z.ZodType<T>): T {
  expect2xx(answer, doing)
  return jsonOf(answer.body, shape)
}

function expect2xx({ status, body }: Answer, doing: string): void {
  // What the node writes goes into sentences for people: a little of it, and nothing that is not text.
  const text = new TextDecoder()
    .decode(body.subarray(0, 200))
    .replaceAll(/\p{C}+/gu, ' ')
    .trim()
  if (status < 200 || status >= 300) throw new NodeRefusal(status, doing, text)
}

async function whole(answer: OpenAnswer): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of answer.bytes) {
    length += bytes.length
    if (length > MAX_ANSWER) throw new NodeStrange('it answers with more than it may')
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

/** A CID as part of a path: it has been checked by whoever asks, and is checked where it can do harm. */
function plain(cid: string): string {
  parseManifestCid(cid)
  return cid
}
