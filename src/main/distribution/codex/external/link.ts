/**
 * Whether the node is there, what it is and under which prefix it answers: asked at the start, every so often, and anew
 * whenever it failed to answer, since it may have been replaced by one of another generation. A node that is away is a
 * state, and what waits for it goes on by itself.
 */
import { readCodexNode } from '../../../../shared/codex-node.ts'
import { type Clock, wait } from '../../../clock.ts'
import { EngineError } from '../../engine.ts'
import { type NodeInfo, type NodeSpace, versionOf } from './answers.ts'
import { type Flavour, flavours, NodeClient, NodeRefusal } from './client.ts'
import { NodeGone, NodeHttp, NodeStrange } from './http.ts'
import type { ExternalSettings } from './settings.ts'

export interface NodeFacts {
  readonly flavour: Flavour
  readonly info: NodeInfo
  readonly space: NodeSpace
  readonly spr: string
}

export interface LinkEvents {
  /** It answers, after it had not, or as another node than before. */
  readonly found: (facts: NodeFacts) => void
  /** Anything that is shown of it is different. */
  readonly changed: () => void
}

type LinkSettings = Pick<ExternalSettings, 'origin' | 'elsewhere' | 'beat' | 'firstRetry' | 'longestRetry'>

/** ms that the node may take to say what it is */
const probePatience = 10_000

export class NodeLink {
  readonly #settings: LinkSettings
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #http: NodeHttp
  readonly #stopping = new AbortController()
  #facts: NodeFacts | null = null
  #client: NodeClient | null = null
  /** Why it is away; empty while it is there, and before the first look. */
  #away = ''
  #running: Promise<void> = Promise.resolve()
  /** Wakes the loop. */
  #wake = () => {}
  #waiting: (() => void)[] = []
  #probing: Promise<void> | null = null
  #doubted = false

  constructor(settings: LinkSettings, clock: Clock, events: LinkEvents) {
    this.#settings = settings
    this.#clock = clock
    this.#events = events
    this.#http = new NodeHttp(settings.origin, clock)
  }

  /** Looks once, and from then on by itself. An absent node is no error. */
  async start(): Promise<void> {
    await this.#probe()
    this.#running = this.#watch().catch(() => {})
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new EngineError('aborted', 'The Codex engine stops.'))
    this.#wake()
    this.#answerAll()
    await this.#running
    await this.#probing
  }

  get facts(): NodeFacts | null {
    return this.#client === null ? null : this.#facts
  }

  /** A sentence with what to do, or nothing. */
  get trouble(): string {
    if (this.#client !== null || this.#away === '') return ''
    return `The Codex node at ${this.#settings.origin} cannot be used: ${this.#away}. Start it, or correct its address in the settings; what waits for it goes on by itself.`
  }

  get client(): NodeClient | null {
    return this.#client
  }

  /** Now, or as soon as it is there. @throws EngineError `unavailable` after `patience` ms, or the signal's reason */
  async reach(signal: AbortSignal, patience: number): Promise<NodeClient> {
    const over = new AbortController()
    const late = wait(this.#clock, patience, AbortSignal.any([over.signal, signal])).then(
      () => true,
      () => true,
    )
    try {
      for (let isLate = false; ; ) {
        signal.throwIfAborted()
        this.#stopping.signal.throwIfAborted()
        if (this.#client !== null) return this.#client
        if (isLate) throw new EngineError('unavailable', this.trouble || 'The Codex node does not answer.')
        const told = new Promise<false>((resolve) => this.#waiting.push(() => resolve(false)))
        isLate = await Promise.race([told, late])
      }
    } finally {
      over.abort()
    }
  }

  /**
   * A request failed in a way that puts the node itself in question (`gone`), or found nothing where something should be:
   * it may be another one by now. Resolves when it was looked at again.
   */
  async doubt(gone: boolean): Promise<void> {
    if (gone) this.#doubted = true
    await this.#probe()
  }

  /** The space as it is now. */
  async measure(client: NodeClient, signal: AbortSignal): Promise<NodeSpace> {
    const space = await client.space({ signal })
    if (this.#facts !== null) this.#facts = { ...this.#facts, space }
    this.#events.changed()
    return space
  }

  async #watch(): Promise<void> {
    const { beat, firstRetry, longestRetry } = this.#settings
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      failures = this.#client === null ? failures + 1 : 0
      const delay = failures === 0 ? beat : Math.min(longestRetry, firstRetry * 2 ** Math.min(failures - 1, 16))
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      const timer = new AbortController()
      await Promise.race([woken, wait(this.#clock, delay, timer.signal).catch(() => {})])
      timer.abort()
      if (!this.#stopping.signal.aborted) await this.#probe()
    }
  }

  /** One look at a time; whoever wants one meanwhile waits for it. */
  #probe(): Promise<void> {
    this.#probing ??= this.#look().finally(() => {
      this.#probing = null
    })
    return this.#probing
  }

  async #look(): Promise<void> {
    const before = JSON.stringify([this.#facts, this.trouble])
    const wasAway = this.#client === null || this.#doubted
    this.#doubted = false
    const found = await this.#ask().catch((error: unknown) => whyOf(error))
    if (this.#stopping.signal.aborted) return
    if (typeof found === 'string') {
      this.#client = null
      this.#away = found
    } else {
      const another = found.info.id !== this.#facts?.info.id || found.flavour !== this.#facts.flavour
      this.#facts = found
      if (this.#client?.flavour !== found.flavour) this.#client = new NodeClient(this.#http, found.flavour)
      this.#away = ''
      if (wasAway || another) this.#events.found(found)
      this.#answerAll()
    }
    if (JSON.stringify([this.#facts, this.trouble]) !== before) this.#events.changed()
  }

  async #ask(): Promise<NodeFacts> {
    const { origin, elsewhere } = this.#settings
    const address = readCodexNode(origin)
    if (address === null) throw new NodeStrange('this is not the address of a node')
    if (!address.onThisMachine && !elsewhere)
      throw new NodeStrange('it is on another computer, which has not been allowed')
    const asking = { signal: this.#stopping.signal, timeout: probePatience }
    const last = this.#facts?.flavour ?? 'storage'
    for (const flavour of [last, ...flavours.filter((one) => one !== last)]) {
      const client = new NodeClient(this.#http, flavour)
      const info = await client.info(asking)
      if (info === null) continue
      const [space, spr] = await Promise.all([client.space(asking), client.spr(asking).catch(() => '')])
      return { flavour, info, space, spr: info.spr || spr }
    }
    throw new NodeStrange('something else than a Codex node answers there')
  }

  #answerAll(): void {
    for (const tell of this.#waiting.splice(0)) tell()
  }
}

/** What a status says of a node that is there. */
export function describe(origin: string, { info, space, spr }: NodeFacts) {
  return {
    address: origin,
    version: versionOf(info).slice(0, 64),
    peerId: info.id,
    spr,
    quota: space.quotaMaxBytes,
    used: space.quotaUsedBytes + space.quotaReservedBytes,
  }
}

function whyOf(error: unknown): string {
  if (error instanceof NodeGone || error instanceof NodeStrange || error instanceof NodeRefusal) return error.message
  return error instanceof Error ? error.message : String(error)
}
