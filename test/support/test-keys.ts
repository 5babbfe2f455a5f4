/** A holder of group keys for tests of archives: it seals with whichever key it is told, and knows those it was given. */
import type { KeysPort } from '../../src/main/archives/index.ts'
import type { GroupKey } from '../../src/main/messages/index.ts'
import { chainKey, deprecatedKeyId, hexToBytes, type RatchetStep, ratchetKeyId } from '../../src/main/wire/index.ts'
import { communityId, seededRandom } from './people.ts'

export interface TestKey extends GroupKey {
  readonly timestamp: number
}

export function testKey(name: string, timestamp: number): TestKey {
  const key = seededRandom(`group key ${name}`)(32)
  return { key, timestamp, keyId: ratchetKeyId(hexToBytes(communityId), { key, timestamp }) }
}

export class TestKeys implements KeysPort {
  readonly #random: (length: number) => Uint8Array
  readonly #used = new Map<GroupKey, number>()
  #held: readonly TestKey[]
  /** What the next blob is sealed with; the newest unless told otherwise. */
  next: () => TestKey | undefined = () => this.#held.at(-1)
  /** How often somebody found a key missing. */
  missed = 0

  constructor(name: string, ...held: readonly TestKey[]) {
    this.#random = seededRandom(name)
    this.#held = held
  }

  give(...keys: readonly TestKey[]): void {
    this.#held = [...this.#held, ...keys].sort((a, b) => a.timestamp - b.timestamp)
  }

  held(): readonly GroupKey[] {
    return this.#held
  }

  missing(): void {
    this.missed += 1
  }

  random(length: number): Uint8Array {
    return this.#random(length)
  }

  async nextStep(): Promise<RatchetStep | null> {
    const key = this.next()
    if (key === undefined) return null
    const seqNo = (this.#used.get(key) ?? 0) + 1
    this.#used.set(key, seqNo)
    const { keyId, timestamp } = key
    const groupId = hexToBytes(communityId)
    return { groupId, keyId, deprecatedKeyId: deprecatedKeyId(timestamp), seqNo, messageKey: chainKey(key.key, seqNo) }
  }
}
