/**
 * Communities that were founded elsewhere: whoever has the private key is the owner. Taking one over stores the key,
 * sealed, and looks for the newest description until it is found; what was published before is the archives room's.
 * RULES.md R1.3.
 */
import type { CommunityId, Generation, Millis } from '../../shared/domain.ts'
import { wait } from '../clock.ts'
import { bytesToHex, communityIdOf, contentTopicOf, hexToBytes, isPrivateKey, publicKey } from '../wire/index.ts'
import { CommunityError } from './errors.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import { keyLabel, type Registry } from './registry.ts'

/** Hex, with or without 0x. */
export interface AdoptCommunity {
  readonly key: string
  /** As it speaks already where this profile knows it, else N2, unless given. */
  readonly generation?: Generation | undefined
  /** On, or as it is where this profile knows it, unless given. */
  readonly historyArchives?: boolean | undefined
}

/** ms that a store node keeps messages at most. */
const STORE_KEEPS = 30 * 24 * 3600 * 1000
/** ms between searches for a description that is not in the store network yet. */
const SEARCH_AGAIN = [5_000, 15_000, 60_000, 300_000] as const

export class Adopting {
  readonly #parts: CommunitiesParts
  readonly #registry: Registry
  readonly #emit: Emit
  readonly #searches = new Map<CommunityId, Promise<void>>()
  #stop = new AbortController()

  constructor(parts: CommunitiesParts, registry: Registry, emit: Emit) {
    this.#parts = parts
    this.#registry = registry
    this.#emit = emit
  }

  /** Goes on looking where nothing was found yet. */
  start(): void {
    this.#stop = new AbortController()
    for (const { row, description } of this.#registry.all())
      if (row.role === 'owner' && description === null) this.#search(row.id)
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('logged out'))
    await Promise.all(this.#searches.values())
  }

  /** Durable when it resolves. @throws CommunityError `bad-key`, `already-owner` */
  async adopt({ key: text, generation, historyArchives }: AdoptCommunity): Promise<CommunityId> {
    const { identity, random, clock, store } = this.#parts
    const key = hexToBytes(text.trim().replace(/^0x/, ''))
    try {
      if (!isPrivateKey(key)) throw new CommunityError('bad-key', 'This is not the private key of a community.')
      const communityId = communityIdOf(publicKey(key))
      await this.#registry.inTurn(communityId, async () => {
        const adopted = await store.adopt({
          id: communityId,
          role: 'owner',
          membership: 'joined',
          generation: generation ?? 'N2',
          historyArchives: historyArchives ?? true,
          sealedKey: identity.seal(key, keyLabel(communityId)),
          deviceId: random(16),
          createdAt: clock.now(),
        })
        if (!adopted) throw new CommunityError('already-owner', 'This community is yours already.')
        const change = {
          ...(generation === undefined ? {} : { generation }),
          ...(historyArchives === undefined ? {} : { historyArchives }),
        }
        await this.#registry.change(communityId, change)
        // As its owner: what is said to the community itself, and the raw records of everything.
        await this.#registry.listen(communityId)
      })
      this.#search(communityId)
      return communityId
    } finally {
      key.fill(0)
    }
  }

  /** 0x and 64 hex digits. The caller has asked for the password. @throws CommunityError `not-owner` */
  exportKey(communityId: CommunityId): string {
    return `0x${bytesToHex(this.#registry.key(communityId))}`
  }

  /** Once, and then until there is a description; the inbox hands what is found to the member's half. */
  #search(communityId: CommunityId): void {
    if (this.#searches.has(communityId)) return
    const search = this.#searchOn(communityId, this.#stop.signal).finally(() => this.#searches.delete(communityId))
    this.#searches.set(communityId, search)
  }

  async #searchOn(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { clock, catchUp } = this.#parts
    for (let searches = 0; !signal.aborted; searches += 1) {
      const to = clock.now()
      const from = (to - STORE_KEEPS) as Millis
      await catchUp({ topics: [contentTopicOf(communityId)], from, to, signal }).catch((error: unknown) => {
        if (!signal.aborted) this.#emit('failed', { communityId, error })
      })
      if (this.#registry.find(communityId)?.description !== null) return
      const delay = SEARCH_AGAIN[Math.min(searches, SEARCH_AGAIN.length - 1)] ?? 0
      await wait(clock, delay, signal).catch(() => {})
    }
  }
}
