/**
 * From a description as its owner sees it to what is signed, stored and sent. In an encrypted community its private part
 * goes under the group key in use, or under a new one as soon as somebody is shut out; the key in use travels beside
 * every publication, sealed to each member. PROTOCOL.md §3.8, §3.10; RULES.md R6.1, R6.2.
 */
import type { CommunityId } from '../../shared/domain.ts'
import type { Envelope } from '../messages/index.ts'
import { type CommunityDescription, hexToBytes } from '../wire/index.ts'
import type { Composer } from './composing.ts'
import type { GroupKeys } from './group-keys.ts'
import type { CommunityChange } from './known.ts'
import type { CommunitiesParts } from './ports.ts'
import { conceal, isEncrypted, readersOf, shutsOut } from './private-part.ts'
import type { Registry } from './registry.ts'

export class Signing {
  readonly #parts: Pick<CommunitiesParts, 'clock' | 'random'>
  readonly #registry: Registry
  readonly #composer: Composer
  readonly #groupKeys: GroupKeys

  constructor(
    parts: Pick<CommunitiesParts, 'clock' | 'random'>,
    registry: Registry,
    composer: Composer,
    groupKeys: GroupKeys,
  ) {
    this.#parts = parts
    this.#registry = registry
    this.#composer = composer
    this.#groupKeys = groupKeys
  }

  /** The first description of a new community, with its first group key if it is to be encrypted. */
  first(communityId: CommunityId, description: CommunityDescription, communityKey: Uint8Array): CommunityChange {
    if (isEncrypted(description)) return this.#underNewKey(communityId, description, communityKey)
    const message = this.#composer.describe(description, communityKey, null)
    return this.#registry.described(communityId, message, description)
  }

  /** The change that makes `next` the newest description: nothing if it is the one there is. Inside `inTurn`. */
  async changed(communityId: CommunityId, next: CommunityDescription, newKey = false): Promise<CommunityChange> {
    const { row, description } = this.#registry.owned(communityId)
    if (next === description) return {}
    const communityKey = this.#registry.key(communityId)
    if (!isEncrypted(next)) {
      const message = this.#composer.describe(next, communityKey, row.description)
      return this.#registry.described(communityId, message, next)
    }
    if (newKey || shutsOut(description, next)) return this.#underNewKey(communityId, next, communityKey)
    const step = await this.#groupKeys.step(communityId, this.#groupKeys.current(communityId))
    const earlier = this.#groupKeys.handout(communityId, step.keyId)
    const hidden = conceal(next, step, earlier, this.#parts.random(12))
    const message = this.#composer.describe(hidden, communityKey, row.description)
    return this.#registry.described(communityId, message, next)
  }

  /** What a description is sent in: with the key in use for each who may read it. */
  async envelope(communityId: CommunityId, description: CommunityDescription): Promise<Envelope> {
    if (!isEncrypted(description)) return 'bare'
    return await this.#groupKeys.sealTo(communityId, readersOf(description))
  }

  /** What an answer to one person is sent in: with every key there is, also for what was said before. */
  answer(communityId: CommunityId, description: CommunityDescription): Envelope {
    if (!isEncrypted(description)) return 'bare'
    return { groupId: hexToBytes(communityId), keys: this.#groupKeys.handout(communityId) }
  }

  /** Not yet stored; the change holds the key, so that neither can be there without the other. */
  #underNewKey(communityId: CommunityId, description: CommunityDescription, communityKey: Uint8Array): CommunityChange {
    const { clock, random } = this.#parts
    const earlier = this.#groupKeys.handout(communityId)
    const { stored, step } = this.#groupKeys.make(communityId, clock.now())
    const before = this.#registry.find(communityId)?.row.description ?? null
    const message = this.#composer.describe(conceal(description, step, earlier, random(12)), communityKey, before)
    return { ...this.#registry.described(communityId, message, description), groupKeys: [stored] }
  }
}
