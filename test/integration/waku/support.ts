/** Real nodes on loopback for the tests of this folder, and their removal. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { LocalWaku, type ServiceOptions, type Surroundings, type WakuOptions } from '../../../src/main/waku/local.ts'
import type { SealedMessage, WakuNetwork, WakuRecord } from '../../../src/main/waku/network.ts'
import type { ContentTopic, Millis, Nanos, PubsubTopic } from '../../../src/shared/domain.ts'

export const shard32 = '/waku/2/rs/16/32' as PubsubTopic
export const shard64 = '/waku/2/rs/16/64' as PubsubTopic
export const general = '/waku/1/0xabcdef12/rfc26' as ContentTopic
export const random = '/waku/1/0x00c0ffee/rfc26' as ContentTopic
export const day = 24 * 60 * 60 * 1000
/** Back-off small enough to wait for. */
export const quick = { base: 20, cap: 100 }

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Runs at the end of the test, the last one given first. */
export function atEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chronicle-waku-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function start(options: WakuOptions, surroundings?: Surroundings): Promise<LocalWaku> {
  const waku = new LocalWaku(options, surroundings)
  atEnd(() => waku.stop())
  await waku.start()
  return waku
}

/** A service node with a key of its own, in a folder of its own. */
export async function startService(
  service: Partial<ServiceOptions> = {},
  rest: Omit<WakuOptions, 'service'> = {},
  surroundings?: Surroundings,
): Promise<LocalWaku> {
  const folder = await temporaryFolder()
  const files = { storeFile: join(folder, 'store.db'), identityFile: join(folder, 'key') }
  return start({ ...rest, service: { ...files, ...service } }, surroundings)
}

export function tcpAddress(waku: LocalWaku): string {
  return waku.addresses().find((address) => !address.includes('/ws')) ?? ''
}

export function wsAddress(waku: LocalWaku): string {
  return waku.addresses().find((address) => address.includes('/ws')) ?? ''
}

/** A user of the given nodes, connected to them. */
export async function startMember(nodes: readonly string[], rest: Partial<WakuOptions> = {}): Promise<LocalWaku> {
  const member = await start({ nodes, backoff: quick, ...rest })
  await online(member)
  return member
}

export function online(waku: LocalWaku): Promise<void> {
  return until(waku, () => waku.status().nodes.every(({ connected }) => connected))
}

/** Resolves when `holds` after some change of the status. */
export function until(waku: Pick<WakuNetwork, 'on'>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) return resolve()
    const stop = waku.on('status', () => {
      if (!holds()) return
      stop()
      resolve()
    })
  })
}

let serial = 0

/** Unlike every other; `at` in ms. */
export function sealed(fields: Partial<SealedMessage> & { readonly at?: number } = {}): SealedMessage {
  serial += 1
  const { at = Date.now(), ...rest } = fields
  return {
    pubsubTopic: shard32,
    contentTopic: general,
    payload: new Uint8Array(Buffer.from(`message ${serial}`)),
    timestamp: nanos(at),
    ephemeral: false,
    ...rest,
  }
}

export function nanos(ms: number): Nanos {
  return (BigInt(ms) * 1_000_000n) as Nanos
}

export function textOf(record: { readonly payload: Uint8Array }): string {
  return Buffer.from(record.payload).toString('utf8')
}

export async function historyOf(
  waku: Pick<WakuNetwork, 'history'>,
  from: number,
  to: number,
  topics: readonly ContentTopic[] = [general],
): Promise<WakuRecord[]> {
  const records: WakuRecord[] = []
  for await (const record of waku.history({ topics, from: from as Millis, to: to as Millis })) records.push(record)
  return records
}

/** Collects deliveries and lets a test wait for the n-th. */
export class Inbox {
  readonly records: WakuRecord[] = []
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  readonly deliver = (record: WakuRecord): void => {
    this.records.push(record)
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.records.length < count) return true
      resolve()
      return false
    })
  }

  async has(count: number): Promise<WakuRecord[]> {
    if (this.records.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
    return this.records
  }
}
