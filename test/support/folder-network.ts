/**
 * A Waku network that is a folder: a message is a file, named by its hash. It outlives every process that uses it, so a
 * node that was killed finds there what it said, as it would find it with a store node.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { SealedMessage, StoreLookup, Unsubscribe, WakuNetwork, WakuRecord } from '../../src/main/waku/network.ts'
import { bytesToHex, wakuMessageHash } from '../../src/main/wire/index.ts'
import type { NetworkStatus } from '../../src/shared/domain.ts'

/** Where `publish` puts messages. */
export const SAID = 'said'

/** Writes messages into one shelf of a network's folder. */
export function putMessages(folder: string, shelf: string, messages: readonly SealedMessage[]): void {
  const place = join(folder, shelf)
  mkdirSync(place, { recursive: true })
  for (const message of messages) {
    const name = bytesToHex(wakuMessageHash(message))
    const { pubsubTopic, contentTopic, payload, timestamp, ephemeral } = message
    // Whole or not at all: its writer may be killed at any moment.
    const draft = join(folder, `${shelf}-${name}-${process.pid}`)
    writeFileSync(draft, serialize({ pubsubTopic, contentTopic, payload, timestamp, ephemeral }))
    renameSync(draft, join(place, name))
  }
}

/** Every message of a shelf, oldest first. */
export function messagesOn(folder: string, shelf: string): SealedMessage[] {
  const place = join(folder, shelf)
  mkdirSync(place, { recursive: true })
  const messages = readdirSync(place).map((name): SealedMessage => deserialize(readFileSync(join(place, name))))
  return messages.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
}

/** One node's view. It finds what lies on the shelves named to it, and what was said. */
export class FolderNetwork implements WakuNetwork, StoreLookup {
  readonly shelves: Set<string>
  readonly #folder: string

  constructor(folder: string, shelves: readonly string[] = []) {
    this.#folder = folder
    this.shelves = new Set([SAID, ...shelves])
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async publish(message: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }> {
    putMessages(this.#folder, SAID, [message])
    return { hash: wakuMessageHash(message), acceptedBy: 1 }
  }

  /** Nothing comes by itself: what is new is found by asking. */
  async subscribe(): Promise<Unsubscribe> {
    return () => {}
  }

  async *history(): AsyncIterable<WakuRecord> {
    for (const shelf of this.shelves)
      for (const message of messagesOn(this.#folder, shelf))
        yield { ...message, hash: wakuMessageHash(message), origin: 'store' }
  }

  async stored(hashes: readonly Uint8Array[]): Promise<readonly boolean[]> {
    const names = new Set([...this.shelves].flatMap((shelf) => messageNames(this.#folder, shelf)))
    return hashes.map((hash) => names.has(bytesToHex(hash)))
  }

  status(): NetworkStatus {
    return { state: 'online', peers: 1, nodes: [], outbox: 0 }
  }

  on(): Unsubscribe {
    return () => {}
  }
}

function messageNames(folder: string, shelf: string): string[] {
  mkdirSync(join(folder, shelf), { recursive: true })
  return readdirSync(join(folder, shelf))
}
