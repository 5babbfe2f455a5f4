/**
 * Years of an owner's life in seconds: a store in a file, the scheduler, publisher, builder, retention and catch-up of
 * the program, and around them a clock that stands still, people who talk, a store node that keeps 30 days, and engines
 * that keep what they were given. One step is a stretch offline and then one online, in which something may happen.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noKeys } from '../../../src/main/archives/blobs.ts'
import { Builder } from '../../../src/main/archives/builder.ts'
import type { EnginesPort, OwnerPort } from '../../../src/main/archives/ports.ts'
import { Publisher } from '../../../src/main/archives/publisher.ts'
import { Reconciler } from '../../../src/main/archives/reconcile.ts'
import { Retention } from '../../../src/main/archives/retention.ts'
import { ArchiveScheduler } from '../../../src/main/archives/scheduler.ts'
import { Signals } from '../../../src/main/archives/signals.ts'
import { CatchUp } from '../../../src/main/node/catch-up.ts'
import { openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import { iterateArchive } from '../../../src/main/wire/index.ts'
import type {
  CommunityId,
  ContentTopic,
  EngineKind,
  Millis,
  Nanos,
  PubsubTopic,
  Seconds,
} from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { KeptEngine } from './kept-engine.ts'
import { communityId as cid, dice, inThread, recordOf, type Said, topic } from './life-parts.ts'

export const HOUR = 3600
export const DAY = 24 * HOUR
export const WEEK = 7 * DAY
export const BIRTH = 1_700_000_000

export const happenings = [
  'nothing',
  'archive now',
  'ten-second interval',
  'daily interval',
  'weekly interval',
  'off and on',
  'off for now',
  'the disk is full',
  'no store node',
  'the clock is a day ahead',
  'torrent only',
  'both engines',
  'a new process',
] as const

export interface Step {
  /** s */
  readonly offline: number
  readonly online: number
  /** Messages a day. */
  readonly rate: number
  /** Messages that arrive late, and known ones that arrive again, while online. */
  readonly late: number
  readonly again: number
  readonly happens: (typeof happenings)[number]
  readonly seed: number
}

export interface Entry {
  readonly from: Seconds
  readonly to: Seconds
  readonly said: readonly Said[]
}

export class OwnerLife {
  readonly received = new Set<number>()
  readonly said: Said[] = []
  readonly torrent: KeptEngine
  readonly codex: KeptEngine
  interval = WEEK
  distribution: readonly EngineKind[] = ['torrent', 'codex']
  freed = 0
  /** s; ends of the stretches in which the clock was a day ahead: what was fetched last is not known of that day. */
  readonly misled: number[] = []
  readonly #root: string
  readonly #clock: FakeClock
  #store: Store | null = null
  #running: Running | null = null
  #storeNode = true
  /** s by which the owner's clock is wrong. */
  #ahead = 0
  /** What the store node has, in the order in which it was said. */
  #kept: Said[] = []
  #busy = 0

  constructor() {
    this.#root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chronicle-life-'))
    this.#clock = new FakeClock(BIRTH * 1000, () => this.#idle())
    this.torrent = new KeptEngine('torrent', this.#root)
    this.codex = new KeptEngine('codex', this.#root)
  }

  /** s */
  get age(): number {
    return this.#now() - BIRTH
  }

  async live(step: Step): Promise<void> {
    const random = dice(step.seed)
    const ahead = step.happens === 'the clock is a day ahead' ? DAY : 0
    const start = this.#now() + step.offline
    const talk = (from: number, span: number) =>
      Array.from({ length: Math.floor((span / DAY) * step.rate + random()) }, () => from + Math.floor(random() * span))
        .sort((a, b) => a - b)
        .map((at) => this.#say(at))
    talk(this.#now(), step.offline)
    this.#ahead = ahead
    this.#clock.jump((start + ahead) * 1000)
    this.#storeNode = step.happens !== 'no store node'
    const running = await this.#open()
    if (step.happens !== 'off for now') running.scheduler.start(cid)
    else await running.catchUp.run(cid, running.stop.signal)
    await this.#idle()

    const events = talk(start, step.online).map((one): [number, () => Promise<void>] => [one.at, () => this.#hear(one)])
    const moment = () => start + Math.floor(random() * step.online)
    for (let i = 0; i < step.late; i += 1) {
      const at = moment()
      events.push([at, () => this.#hear(this.#say(at - Math.floor(random() * 20 * DAY), false))])
    }
    for (let i = 0; i < step.again; i += 1) {
      events.push([moment(), async () => this.#hear(this.said[Math.floor(random() * this.said.length)])])
    }
    events.push([moment(), () => this.#happen(step.happens, running, random)])
    for (const [at, what] of events.sort(([a], [b]) => a - b)) {
      await this.#clock.advance(Math.max(0, (at + ahead) * 1000 - this.#clock.now()))
      await what()
    }
    await this.#clock.advance(Math.max(0, (start + step.online + ahead) * 1000 - this.#clock.now()))
    await this.#leave(step.happens === 'a new process' || random() < 0.1)
    if (ahead > 0) this.misled.push(this.#now())
    this.#ahead = 0
    this.#clock.jump((start + step.online) * 1000)
  }

  /** Long enough, once more, for everything to be closed and published. */
  async settle(): Promise<void> {
    const calm = { offline: 0, online: HOUR, rate: 0, late: 0, again: 0, seed: 1, happens: 'nothing' } as const
    await this.live({ ...calm, online: 2 * HOUR })
    await this.live({ ...calm, offline: 8 * DAY, online: 2 * HOUR })
  }

  async gaps(): Promise<readonly { from: number; to: number }[]> {
    const { store } = await this.#open()
    return store.sync.gaps(cid)
  }

  /** Whole payloads among the raw records. */
  async retention() {
    const { retention } = await this.#open()
    return retention.view(cid)
  }

  /** Everything in the newest set of an engine, decoded. */
  archives(engine: KeptEngine): Entry[] {
    const numbers = new Map(this.said.map((one) => [one.n, one]))
    return (engine.sets.at(-1)?.entries ?? []).map(({ id, from, to }) => {
      const bytes = new Uint8Array(readFileSync(join(this.#root, engine.kind, id)))
      const said: Said[] = []
      for (const { payload, timestamp } of iterateArchive(bytes).records()) {
        const n = Number(Buffer.from(payload).toString())
        if (numbers.get(n)?.at !== timestamp) throw new Error(`message ${n} changed its time`)
        said.push({ n, at: timestamp })
      }
      return { from, to, said }
    })
  }

  async end(): Promise<void> {
    await this.#leave(false)
    await this.#store?.close()
    rmSync(this.#root, { recursive: true, force: true })
  }

  async #happen(what: Step['happens'], { scheduler }: Running, random: () => number): Promise<void> {
    const change = async (interval: number) => {
      this.interval = interval
      await scheduler.intervalChanged()
      await this.#idle()
    }
    if (what === 'archive now') await this.#patiently(scheduler.archiveNow(cid))
    else if (what === 'daily interval') await change(DAY)
    else if (what === 'weekly interval') await change(WEEK)
    else if (what === 'torrent only') this.distribution = ['torrent']
    else if (what === 'the disk is full') this.torrent.failures = 1 + Math.floor(random() * 3)
    else if (what === 'both engines') {
      this.distribution = ['torrent', 'codex']
      scheduler.lookAgain()
    } else if (what === 'off and on') {
      void scheduler.stop(cid)
      scheduler.start(cid)
    } else if (what === 'ten-second interval') {
      const before = this.interval
      await change(10)
      for (let i = 0; i < 4; i += 1) {
        await this.#hear(this.#say(this.#now()))
        await this.#clock.advance(15_000)
      }
      await change(before)
    }
    await this.#idle()
  }

  /** Waits for what needs time to pass. */
  async #patiently(asked: Promise<unknown>): Promise<void> {
    let done = false
    void asked
      .catch(() => {})
      .finally(() => {
        done = true
      })
    for (let i = 0; !done && i < 40; i += 1) await this.#clock.advance(1000)
  }

  #say(at: number, kept = true): Said {
    const one = { n: this.said.length, at: at as Seconds }
    this.said.push(one)
    if (kept && at >= this.#now()) this.#kept.push(one)
    return one
  }

  async #hear(...heard: readonly (Said | undefined)[]): Promise<void> {
    const said = heard.filter((one) => one !== undefined)
    for (const { n } of said) this.received.add(n)
    await this.#store?.records.ingest(said.map((one) => ({ record: recordOf(one), effect: null, source: 'live' })))
  }

  async #open(): Promise<Running> {
    this.#store ??= await openStoreInThread(join(this.#root, 'node.db'), this.#clock)
    // Once; it is known from then on.
    await this.#store.communities.add({
      id: cid,
      role: 'owner',
      membership: 'joined',
      generation: 'N2',
      historyArchives: true,
      sealedKey: null,
      deviceId: new Uint8Array(16),
      createdAt: (BIRTH * 1000) as Millis,
    })
    this.#running ??= this.#compose(this.#store)
    return this.#running
  }

  async #leave(reopen: boolean): Promise<void> {
    const running = this.#running
    this.#running = null
    if (running === null) return
    running.stop.abort(new Error('logged out'))
    await this.#patiently(running.scheduler.close())
    await running.builder.close()
    // What was in memory is gone. Opening the database anew costs more than all else, so it is not done each time.
    if (!reopen) return
    await this.#store?.close()
    this.#store = null
  }

  #compose(store: Store): Running {
    const clock = this.#clock
    const counted = <T extends object>(part: T): T => this.#counted(part)
    const signals = new Signals(clock)
    const builder = new Builder(store, join(this.#root, 'staging'), noKeys, inThread)
    const all = [this.torrent, this.codex]
    const publishing = () => all.filter(({ kind }) => this.distribution.includes(kind))
    const engines: EnginesPort = {
      wanted: () => this.distribution,
      running: () => all,
      publishing,
      preference: () => ({ first: 'both', fallback: true }),
    }
    const stop = new AbortController()
    const catchUp = new CatchUp({
      store,
      clock,
      communities: { contentTopics: () => [] },
      intake: { catchUp: (range) => this.#fetch(range.from, range.to) },
      onGap: () => {},
    })
    const owner: OwnerPort = {
      interval: () => this.interval,
      retentionDays: () => 30,
      catchUp: (communityId, signal) => catchUp.run(communityId, signal),
      findAnnouncements: async () => {},
      topics: async () => [topic],
      queued: () => {},
      composeAnnouncement: async ({ clock: published }, at) => ({
        id: `${published}@${at}`,
        createdAt: at,
        sealed: {
          pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
          contentTopic: '/waku/1/0xc09a9d22/rfc26' as ContentTopic,
          payload: new Uint8Array([1]),
          timestamp: 1n as Nanos,
          ephemeral: false,
        },
      }),
    }
    const parts = { store, clock, engines, owner, signals, keys: noKeys }
    const retention = new Retention({ store, clock, days: () => 30, engines: () => this.distribution })
    const scheduler = new ArchiveScheduler({
      ...parts,
      owner: counted(owner),
      publisher: counted(new Publisher({ ...parts, builder })),
      reconciler: counted(
        new Reconciler({ ...parts, continuation: { follow: () => Promise.reject(new Error('nothing to take over')) } }),
      ),
      retention: counted({
        prune: async (communityId: CommunityId, signal?: AbortSignal) => {
          // The network took every announcement.
          for (const { id } of await store.outbox.waiting(10_000)) await store.outbox.sent(id, clock.now())
          const freed = await retention.prune(communityId, signal)
          this.freed += freed.records
          return freed
        },
      }),
    })
    return { store, builder, scheduler, retention, catchUp, stop }
  }

  /** What the store node still has of a stretch of time. */
  async #fetch(from: Millis, to: Millis): Promise<number> {
    if (!this.#storeNode) throw new Error('no store node answers')
    const now = this.#now()
    this.#kept = this.#kept.filter(({ at }) => at >= now - 30 * DAY)
    const found = this.#kept.filter(({ at }) => at * 1000 >= from && at * 1000 <= to && at <= now)
    if (found.length > 0) await this.#hear(...found)
    return found.length
  }

  /** s; what everybody else's clock shows. */
  #now(): number {
    return this.#clock.now() / 1000 - this.#ahead
  }

  /** Resolves when everything that was begun waits for time to pass. */
  async #idle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.#busy > 0)
  }

  #counted<T extends object>(part: T): T {
    return new Proxy(part, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, target, args)
          if (!(result instanceof Promise)) return result
          this.#busy += 1
          return result.finally(() => {
            this.#busy -= 1
          })
        }
      },
    })
  }
}

interface Running {
  readonly store: Store
  readonly builder: Builder
  readonly scheduler: ArchiveScheduler
  readonly retention: Retention
  readonly catchUp: CatchUp
  readonly stop: AbortController
}
