/**
 * A Logos Storage (Codex) node as its REST interface shows it, written from CODEX.md §1, §4 and §9 and sharing no code
 * with ours: both prefixes, all three manifest forms, and everything it does that one would not expect. Several of them
 * in one `FakeStorageNetwork` have each other's datasets.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { cidBytes, cidText, foreignDataset, sha } from './codex-bytes.ts'
import { blockBytes, type ManifestForm, manifestBytes } from './fake-manifest.ts'
import { breakOff, drained, end, json, type Quirks } from './fake-storage-answers.ts'

const knownTypes = ['application/octet-stream', 'text/plain', 'application/json', 'image/png']

interface Description {
  readonly treeCid: string
  readonly datasetSize: number
  readonly blockSize: number
  readonly filename?: string
  readonly mimetype?: string
}

interface Kept {
  readonly description: Description
  /** Null: it is not here, or no longer. */
  readonly blocks: (Buffer | null)[]
}

export interface FakeNodeOptions {
  readonly flavour?: 'storage' | 'codex'
  readonly format?: ManifestForm
  /** bytes */
  readonly quota?: number
  readonly network?: FakeStorageNetwork
  readonly port?: number
  /** ms that each block from the network takes */
  readonly slow?: number
}

interface Download {
  readonly cid: string
  active: boolean
  received: number
  readonly total: number
}

export class FakeStorageNetwork {
  readonly nodes = new Set<FakeStorageNode>()
  readonly #connections = new Set<string>()
  /** Whether nodes find each other by themselves, or only those that were told to connect. */
  readonly #finds: 'everybody' | 'connected'

  constructor(finds: 'everybody' | 'connected' = 'everybody') {
    this.#finds = finds
  }

  /** False: there is no such peer. */
  connect(from: FakeStorageNode, to: string): boolean {
    const found = [...this.nodes].some(({ id }) => id === to)
    if (found) this.#connections.add([from.id, to].sort().join())
    return found
  }

  leave(node: FakeStorageNode): void {
    this.nodes.delete(node)
    for (const pair of this.#connections) if (pair.includes(node.id)) this.#connections.delete(pair)
  }

  /** Whom a node can ask. */
  peersOf(node: FakeStorageNode): FakeStorageNode[] {
    const reaches = (other: FakeStorageNode) =>
      this.#finds === 'everybody' || this.#connections.has([node.id, other.id].sort().join())
    return [...this.nodes].filter((other) => other !== node && reaches(other))
  }
}

const running: FakeStorageNode[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()))
})

export class FakeStorageNode {
  readonly kept = new Map<string, Kept>()
  readonly quirks: Quirks = {}
  /** `METHOD path` of every request, in order. */
  readonly requests: string[] = []
  /** What it was told to connect to. */
  readonly connected: { readonly peer: string; readonly addresses: readonly string[] }[] = []
  readonly id = `16Uiu2HAm${cidText(randomBytes(24)).slice(1, 36)}`
  flavour: 'storage' | 'codex'
  format: ManifestForm
  quota: number
  slow: number
  readonly #network: FakeStorageNetwork
  readonly #downloads = new Map<string, Download>()
  #server: Server | null = null
  #port: number

  private constructor(options: FakeNodeOptions) {
    this.flavour = options.flavour ?? 'storage'
    this.format = options.format ?? (this.flavour === 'storage' ? 'v0' : 'codex')
    this.quota = options.quota ?? 20 * 1024 ** 3
    this.slow = options.slow ?? 0
    this.#network = options.network ?? new FakeStorageNetwork()
    this.#port = options.port ?? 0
  }

  static async start(options: FakeNodeOptions = {}): Promise<FakeStorageNode> {
    const node = new FakeStorageNode(options)
    running.push(node)
    await node.start()
    return node
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get used(): number {
    let blocks = 0
    for (const kept of this.kept.values()) blocks += kept.blocks.filter((block) => block !== null).length
    return blocks * blockBytes
  }

  /** Listens, at the same port as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    this.#network.nodes.add(this)
  }

  /** What it keeps stays. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.#network.leave(this)
    this.#downloads.clear()
    server?.closeAllConnections()
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)))
  }

  /** Its sweeper takes blocks whose time is over; the manifest may outlive them, and `exists` speaks of it only. */
  expire(cid: string, which: 'all' | 'blocks' | number): void {
    if (which === 'all') this.kept.delete(cid)
    const blocks = this.kept.get(cid)?.blocks ?? []
    for (const at of blocks.keys()) if (which === 'blocks' || at === which) blocks[at] = null
  }

  isWhole(cid: string): boolean {
    return this.kept.get(cid)?.blocks.every((block) => block !== null) ?? false
  }

  countOf(pattern: RegExp): number {
    return this.requests.filter((request) => pattern.test(request)).length
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    this.requests.push(`${request.method} ${url.pathname}`)
    const { instead } = this.quirks
    if (instead?.path.test(url.pathname)) return instead.answer(request, response)
    const prefix = `/api/${this.flavour}/v1`
    if (!url.pathname.startsWith(`${prefix}/`)) return end(response, 404)
    const [what, cid = '', ...more] = url.pathname.slice(prefix.length + 1).split('/')
    const download = more[0] === 'network' && /^\d+$/.test(more.at(-1) ?? '') ? (more.pop() ?? '') : ''
    const route = [
      request.method,
      what,
      ...(cid === '' ? [] : ['ID']),
      ...more,
      ...(download === '' ? [] : ['N']),
    ].join(' ')
    switch (route) {
      case 'POST data':
        return this.#upload(request, response)
      case 'GET data':
        return json(response, {
          content: [...this.kept].map(([key, { description }]) => ({ cid: key, manifest: description })),
        })
      case 'GET data ID':
        return this.#stream(response, cid, 'disk')
      case 'GET data ID network stream':
        return this.#stream(response, cid, 'network')
      case 'POST data ID network':
        return this.#begin(response, cid)
      case 'GET data ID network progress N':
        return this.flavour === 'codex' ? end(response, 404) : this.#progress(response, download)
      case 'DELETE data ID network N':
        return this.#cancel(response, download)
      case 'GET data ID network manifest': {
        const found = this.#find(cid)
        return found === null ? end(response, 404) : json(response, { cid, manifest: this.#said(found) })
      }
      case 'GET data ID exists':
        return json(response, { [cid]: this.kept.has(cid) })
      case 'DELETE data ID':
        this.kept.delete(cid)
        return end(response, 204)
      case 'GET space':
        return json(response, {
          totalBlocks: this.used / blockBytes,
          quotaMaxBytes: this.quota,
          quotaUsedBytes: this.used,
          quotaReservedBytes: 0,
        })
      case 'GET peerid':
        return json(response, { id: this.id })
      case 'GET spr':
        return end(response, 200, 'spr:CiUIAhIhA')
      case 'GET connect ID':
        this.connected.push({ peer: cid, addresses: url.searchParams.getAll('addrs') })
        return this.#network.connect(this, cid)
          ? end(response, 200, 'Successfully connected to peer')
          : end(response, 400, 'Unable to dial peer')
      case 'GET debug ID':
        return json(response, this.#info())
      default:
        return end(response, 404)
    }
  }

  #info() {
    const version = { version: this.flavour === 'storage' ? 'v0.5.3' : 'v0.2.1', revision: 'abcdef' }
    const table = { localNode: {}, nodes: [] }
    const address = '/ip4/127.0.0.1/tcp/8070'
    return this.flavour === 'storage'
      ? { id: this.id, addrs: [address], spr: 'spr:CiUIAhIhA', table, storage: version, connections: [] }
      : {
          id: this.id,
          addrs: [address],
          repo: '/data',
          spr: 'spr:CiUIAhIhA',
          announceAddresses: [],
          table,
          codex: version,
        }
  }

  #said({ description }: Kept) {
    return this.flavour === 'storage' ? { ...description, manifestVersion: 0 } : { ...description, protected: false }
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = request.headers['content-type']
    const disposition = request.headers['content-disposition']
    const filename = /^attachment; filename="([^"]*)"$/.exec(disposition ?? '')?.[1]
    const badName = disposition !== undefined && (filename === undefined || filename === '' || filename.length > 255)
    const isStrange = type !== undefined && !(this.quirks.types ?? knownTypes).includes(type)
    if (isStrange && this.quirks.slams) return void request.socket.resetAndDestroy()
    if (badName || isStrange) return end(response, 422, 'The MIME type or the file name is not valid')
    const parts: Buffer[] = []
    let length = 0
    for await (const part of request) {
      parts.push(part)
      length += part.length
      if (this.used + length > this.quota) return end(response, 500, 'Error uploading: quota exceeded')
    }
    if (length === 0) return end(response, 500)
    const cid = this.keep(Buffer.concat(parts), { ...(filename && { filename }), ...(type && { mimetype: type }) })
    end(response, 200, cid)
  }

  /** As an upload. @returns the CID */
  keep(data: Buffer, names: { readonly filename?: string; readonly mimetype?: string }): string {
    const { blocks, treeCid } = foreignDataset(data)
    const manifest = manifestBytes(this.format, treeCid, data.length, names)
    const cid = cidText(cidBytes(0xcd01, sha(manifest)))
    const description = { treeCid: cidText(treeCid), datasetSize: data.length, blockSize: blockBytes, ...names }
    this.kept.set(cid, { description, blocks: [...blocks] })
    return cid
  }

  /** Here, or at another node. */
  #find(cid: string): Kept | null {
    const own = this.kept.get(cid)
    if (own !== undefined) return own
    for (const node of this.#network.peersOf(this)) {
      const theirs = node.kept.get(cid)
      if (theirs !== undefined) return theirs
    }
    return null
  }

  /** A block from here or from the network, and kept then. */
  async #block(cid: string, at: number, from: 'disk' | 'network'): Promise<Buffer | null> {
    const own = this.kept.get(cid)?.blocks[at] ?? null
    if (own !== null || from === 'disk') return own
    if (this.slow > 0) await new Promise((resolve) => setTimeout(resolve, this.slow))
    for (const node of this.#network.peersOf(this)) {
      const block = node.kept.get(cid)?.blocks[at] ?? null
      const mine = this.kept.get(cid)
      if (block === null || mine === undefined || this.used + blockBytes > this.quota) continue
      mine.blocks[at] = block
      return block
    }
    return null
  }

  /** Its manifest comes first; from then on `exists` says true. */
  #adopt(cid: string, found: Kept): Kept {
    const own = this.kept.get(cid) ?? { description: found.description, blocks: found.blocks.map(() => null) }
    this.kept.set(cid, own)
    return own
  }

  async #stream(response: ServerResponse, cid: string, from: 'disk' | 'network'): Promise<void> {
    let found = from === 'disk' ? (this.kept.get(cid) ?? null) : this.#find(cid)
    if (found === null && from === 'disk') return end(response, 404)
    // It waits for the manifest, for as long as it takes.
    for (; found === null; found = this.#find(cid)) {
      if (response.destroyed || this.#server === null) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const own = from === 'disk' ? found : this.#adopt(cid, found)
    const size = own.description.datasetSize
    const { truncateAfter = Number.POSITIVE_INFINITY, truncateQuietly = false, wrongBlock } = this.quirks
    // A stream of the network does not say how long it is before it has it all.
    const head = truncateQuietly || from === 'network' ? {} : { 'content-length': size }
    response.writeHead(200, { 'content-type': own.description.mimetype ?? 'application/octet-stream', ...head })
    for (let at = 0, sent = 0; sent < size; at += 1) {
      const block = await this.#block(cid, at, from)
      if (response.destroyed) return
      const left = Math.min(size - sent, truncateAfter - sent)
      if (block === null || left <= 0) return truncateQuietly ? void response.end() : breakOff(response)
      const bytes = Buffer.from(block.subarray(0, Math.min(blockBytes, left)))
      if (at === wrongBlock) bytes[7] = (bytes[7] ?? 0) ^ 0xff
      sent += bytes.length
      if (!response.write(bytes)) await drained(response)
    }
    response.end()
  }

  #begin(response: ServerResponse, cid: string): void {
    const found = this.#find(cid)
    if (found === null) {
      end(response, 404)
      return
    }
    const own = this.#adopt(cid, found)
    const download: Download = { cid, active: true, received: 0, total: own.blocks.length }
    const id = randomBytes(8).readBigUInt64BE().toString()
    this.#downloads.set(id, download)
    void this.#work(download)
    const answer = { cid, manifest: this.#said(own) }
    json(response, this.flavour === 'storage' ? { ...answer, downloadId: id } : answer)
  }

  async #work(download: Download): Promise<void> {
    for (let at = 0; at < download.total && download.active; at += 1) {
      if (at >= (this.quirks.giveUpAfter ?? Number.POSITIVE_INFINITY)) break
      if ((await this.#block(download.cid, at, 'network')) === null) {
        // Nobody has it now: it goes on asking.
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (this.#server === null) break
        at -= 1
        continue
      }
      download.received = at + 1
    }
    download.active = false
  }

  /** What is finished, failed or unknown looks the same. */
  #progress(response: ServerResponse, id: string): void {
    const download = this.#downloads.get(id)
    const { active = false, received = 0, total = 0 } = download ?? {}
    json(response, active ? { active, received, total, bytes: received * blockBytes } : { active })
  }

  #cancel(response: ServerResponse, id: string): void {
    const download = this.#downloads.get(id)
    const cancels = this.flavour === 'storage' && this.quirks.noCancel !== true && download !== undefined
    if (cancels) {
      download.active = false
      this.#downloads.delete(id)
    }
    end(response, cancels ? 204 : 404)
  }

  /** Downloads that go on in the background. */
  get working(): number {
    return [...this.#downloads.values()].filter(({ active }) => active).length
  }
}
