/**
 * The group keys of this profile's encrypted communities: sealed in the database, open in memory, zeroed at log-out. A
 * key is stored before anything is sealed with it, and so is each number of its chain. PROTOCOL.md §3.8, §3.10.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { chainOf, findGroupKey, type GroupKey, walkTo, wipeGroupKey } from '../messages/index.ts'
import type { Store } from '../store/index.ts'
import {
  bytesToHex,
  chainKey,
  deprecatedKeyId,
  equalBytes,
  type HRKey,
  hexToBytes,
  openGroupKey,
  type RatchetMessage,
  type RatchetStep,
  ratchetKeyId,
  sealGroupKey,
  utf8,
  WireError,
} from '../wire/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { CommunityError } from './errors.ts'
import type { CommunitiesParts } from './ports.ts'

/** A key as it is held: whose it is, and since when. */
export interface HeldKey extends GroupKey {
  readonly groupId: Uint8Array
  readonly timestamp: Millis
}

/** A key that somebody gave us, not believed yet. */
export interface OfferedKey {
  readonly groupId: Uint8Array
  readonly keyId: Uint8Array
  readonly key: Uint8Array
  readonly timestamp: Millis
}

type NewGroupKey = Parameters<Store['groupKeys']['add']>[0][number]

/** Numbers taken from the database at once: so many are lost when the node ends, and nothing else is. */
const BLOCK = 32
/** Numbers of one key after which its owner makes a new one: far from where others would refuse them. */
const USED_UP = 50_000
/** ms of sealing keys to members before other work gets its turn. */
const SLICE = 6
const CHAT_ID = 104

interface Numbers {
  next: number
  end: number
  turn: Promise<unknown>
}

export class GroupKeys {
  readonly #parts: Pick<CommunitiesParts, 'groupKeys' | 'identity' | 'random'>
  readonly #held = new Map<CommunityId, readonly HeldKey[]>()
  readonly #numbers = new WeakMap<HeldKey, Numbers>()
  /** Keys as they were sealed to each member, for the key in use. */
  readonly #sealed = new Map<CommunityId, { readonly key: HeldKey; readonly to: Map<string, SealedTo> }>()

  constructor(parts: Pick<CommunitiesParts, 'groupKeys' | 'identity' | 'random'>) {
    this.#parts = parts
  }

  /** Oldest first; the same array until there are new ones. */
  of(communityId: CommunityId): readonly HeldKey[] {
    return this.#held.get(communityId) ?? NONE
  }

  /** Opens what the database has and memory has not. */
  async load(communityId: CommunityId): Promise<readonly HeldKey[]> {
    const stored = await this.#parts.groupKeys.list(communityId)
    const held = this.of(communityId)
    if (stored.length === held.length) return held
    const all = stored.map(({ keyId, groupId, timestamp, sealedKey }) => {
      const known = held.find((one) => equalBytes(one.keyId, keyId))
      return known ?? { keyId, groupId, timestamp, key: this.#parts.identity.open(sealedKey, label(communityId)) }
    })
    this.#held.set(communityId, all)
    return all
  }

  /** The community's key in use: the newest. @throws CommunityError `no-key` */
  current(communityId: CommunityId): HeldKey {
    const group = hexToBytes(communityId)
    return this.#newest(communityId, group)
  }

  /** The key in use in a channel that has its own. @throws CommunityError `no-key` */
  ofChannel(communityId: CommunityId, chatId: string): HeldKey {
    return this.#newest(communityId, utf8(chatId))
  }

  /** Every key of the community itself but `except`, as they are handed to a member. */
  handout(communityId: CommunityId, except: Uint8Array | null = null): HRKey[] {
    const group = hexToBytes(communityId)
    return this.of(communityId)
      .filter(({ groupId, keyId }) => equalBytes(groupId, group) && !(except && equalBytes(keyId, except)))
      .map(({ key, timestamp }) => ({ key: key.slice(), timestamp, deprecatedKeyId: deprecatedKeyId(timestamp) }))
  }

  /**
   * A new key, newer than every other, and the first place in its chain; to be stored with whatever is sealed there, in
   * one transaction. Until then it does not exist.
   */
  make(communityId: CommunityId, now: Millis): { readonly stored: NewGroupKey; readonly step: RatchetStep } {
    const groupId = hexToBytes(communityId)
    const newest = this.of(communityId).at(-1)?.timestamp ?? 0
    const timestamp = Math.max(now, newest + 1) as Millis
    const key = this.#parts.random(32)
    const keyId = ratchetKeyId(groupId, { key, timestamp })
    const stored = { ...this.#stored(communityId, { groupId, keyId, key, timestamp }), used: 1 }
    const step = { groupId, keyId, deprecatedKeyId: deprecatedKeyId(timestamp), seqNo: 1, messageKey: chainKey(key, 1) }
    key.fill(0)
    return { stored, step }
  }

  /** The next place in a key's chain. It is used up when this resolves, whatever happens after. @throws CommunityError */
  async step(communityId: CommunityId, key: HeldKey): Promise<RatchetStep> {
    const numbers = this.#numbers.get(key) ?? { next: 0, end: 0, turn: Promise.resolve() }
    this.#numbers.set(key, numbers)
    const turn = numbers.turn.then(() => this.#number(communityId, key, numbers))
    numbers.turn = turn.catch(() => {})
    const seqNo = await turn
    const chain = chainOf(key)
    await walkTo(chain, seqNo)
    const { groupId, keyId, timestamp } = key
    return { groupId, keyId, deprecatedKeyId: deprecatedKeyId(timestamp), seqNo, messageKey: chain.keyOf(seqNo) }
  }

  /** So much was sealed with the key in use that it is time for another. */
  isUsedUp(communityId: CommunityId): boolean {
    const key = this.of(communityId).at(-1)
    return key !== undefined && (this.#numbers.get(key)?.next ?? 0) > USED_UP
  }

  /** The key in use, sealed to each of these people, as a description carries it; gives way between slices. */
  async sealTo(communityId: CommunityId, people: Iterable<string>) {
    const key = this.current(communityId)
    const before = this.#sealed.get(communityId)
    const known = before?.key === key ? before.to : new Map<string, SealedTo>()
    this.#sealed.set(communityId, { key, to: known })
    const keys = new Map<number, Uint8Array>()
    let sliceEnd = performance.now() + SLICE
    for (const person of people) {
      const made = known.get(person) ?? this.#sealOne(key, person)
      if (made === null) continue
      known.set(person, made)
      const others = keys.get(made.mapKey)
      keys.set(made.mapKey, others === undefined ? made.blob : new Uint8Array(Buffer.concat([others, made.blob])))
      if (performance.now() < sliceEnd) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnd = performance.now() + SLICE
    }
    return { groupId: key.groupId, rekeyGroup: { timestamp: key.timestamp, keys } }
  }

  /** What a message's header holds for this person; whether to believe it is another matter. */
  offered(communityId: CommunityId, header: RatchetMessage | null, transportSigner: Uint8Array): OfferedKey[] {
    if (header === null || !ofCommunity(communityId, header.groupId)) return []
    const { groupId, keys, rekeyGroup } = header
    const plain = keys.map(({ key, timestamp, deprecatedKeyId: old }) => ({ key, timestamp: timestamp || old }))
    if (rekeyGroup !== null && transportSigner.length === 65) {
      const { publicKey, privateKey } = this.#parts.identity
      const rekeyed = openGroupKey(rekeyGroup, { private: privateKey(), public: publicKey }, transportSigner)
      if (rekeyed !== null) plain.push(rekeyed)
    }
    return asOffers(groupId, plain)
  }

  /** Durable when it resolves. @returns since when the oldest of them was in use that was not known; null if all were */
  async learn(communityId: CommunityId, offered: readonly OfferedKey[]): Promise<Millis | null> {
    const unknown = offered.filter(({ keyId }) => findGroupKey(this.of(communityId), keyId) === null)
    if (unknown.length === 0) return null
    const stored = unknown.map((key) => ({ ...this.#stored(communityId, key), used: 0 }))
    crashPoint('groupkeys.learn:before')
    const added = await this.#parts.groupKeys.add(stored)
    crashPoint('groupkeys.learn:after')
    await this.load(communityId)
    return added > 0 ? (Math.min(...unknown.map(({ timestamp }) => timestamp)) as Millis) : null
  }

  /** Zeroes every key. */
  close(): void {
    for (const keys of this.#held.values()) for (const key of keys) wipeGroupKey(key)
    this.#held.clear()
    this.#sealed.clear()
  }

  /** Null for what has the form of a public key and is none. */
  #sealOne({ key }: HeldKey, person: string): SealedTo | null {
    const { identity, random } = this.#parts
    try {
      const member = hexToBytes(person)
      return sealGroupKey({ groupKey: key, sender: identity.privateKey(), member, nonce: random(12) })
    } catch (error) {
      if (error instanceof WireError) return null
      throw error
    }
  }

  async #number(communityId: CommunityId, key: HeldKey, numbers: Numbers): Promise<number> {
    if (numbers.next === numbers.end) {
      crashPoint('groupkeys.reserve:before')
      const first = await this.#parts.groupKeys.reserve(communityId, key.keyId, BLOCK)
      crashPoint('groupkeys.reserve:after')
      if (first === null) throw noKey()
      numbers.next = first
      numbers.end = first + BLOCK
    }
    numbers.next += 1
    return numbers.next - 1
  }

  #newest(communityId: CommunityId, group: Uint8Array): HeldKey {
    const key = this.of(communityId).findLast(({ groupId }) => equalBytes(groupId, group))
    if (key === undefined) throw noKey()
    return key
  }

  #stored(communityId: CommunityId, { groupId, keyId, key, timestamp }: OfferedKey) {
    const sealedKey = this.#parts.identity.seal(key, label(communityId))
    return { communityId, keyId, groupId, timestamp, sealedKey }
  }
}

type SealedTo = ReturnType<typeof sealGroupKey>

const NONE: readonly HeldKey[] = []

/** Keys of a group, with the ids that follow from them; what cannot be one is left out. */
export function asOffers(
  groupId: Uint8Array,
  keys: readonly { readonly key: Uint8Array; readonly timestamp: number }[],
): OfferedKey[] {
  return keys
    .filter(({ key, timestamp }) => key.length === 32 && timestamp > 0)
    .map(({ key, timestamp }) => ({
      groupId,
      key,
      timestamp: timestamp as Millis,
      keyId: ratchetKeyId(groupId, { key, timestamp }),
    }))
}

/** The community itself, or one of its channels. */
function ofCommunity(communityId: CommunityId, groupId: Uint8Array): boolean {
  if (equalBytes(groupId, hexToBytes(communityId))) return true
  return groupId.length === CHAT_ID && bytesToHex(groupId).startsWith(bytesToHex(utf8(communityId)))
}

const label = (communityId: CommunityId) => `group key of ${communityId}`

const noKey = () =>
  new CommunityError('no-key', 'The key of this community is not here yet. It comes with the owner’s next message.')
