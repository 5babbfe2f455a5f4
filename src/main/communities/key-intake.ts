/**
 * Which group keys are believed, and what a member does who lacks one. The header that carries keys is signed by nobody
 * but the device that sent it, so a key counts only if the community vouches for it: it is named by a description that
 * the community's own key signed, or it came from a device whose owner that description calls the community's owner.
 * PROTOCOL.md §3.10; RULES.md R6.2.
 */
import type { CommunityId, ContactId, Millis } from '../../shared/domain.ts'
import type { ControlEnvelope } from '../messages/index.ts'
import { type CommunityDescription, CommunityMemberRole, contactIdOf, equalBytes } from '../wire/index.ts'
import type { GroupKeys, OfferedKey } from './group-keys.ts'
import { readDescription } from './judge.ts'
import type { CommunitiesParts } from './ports.ts'
import { namedKeys } from './private-part.ts'
import type { Registry } from './registry.ts'

/** ms between requests for keys that are not answered. */
const ASK_AGAIN = [0, 60_000, 300_000, 1_800_000, 3_600_000] as const

type Carrier = Pick<ControlEnvelope, 'communityId' | 'keyExchange' | 'transportSigner'>

export interface KeyIntakeParts {
  readonly registry: Registry
  readonly groupKeys: GroupKeys
  readonly identity: Pick<CommunitiesParts['identity'], 'contactId'>
  readonly clock: CommunitiesParts['clock']
  /** Reads the stored description once more, now that it can be read. Inside `inTurn`. */
  readonly unlocked: (communityId: CommunityId) => Promise<void>
  /** Asks the owner, who answers a member with every key. */
  readonly ask: (communityId: CommunityId) => Promise<void>
}

export class KeyIntake {
  readonly #parts: KeyIntakeParts
  readonly #asked = new Map<CommunityId, { readonly at: Millis; readonly times: number }>()

  constructor(parts: KeyIntakeParts) {
    this.#parts = parts
  }

  /**
   * Takes the keys that came with a signed description, around what `describe` does with that description: those it names
   * first, since they open it; then, if it names the sender an owner, the rest. Inside `inTurn`.
   */
  async around<T>(carrier: Carrier, signed: Uint8Array, describe: () => Promise<T>): Promise<T> {
    const { communityId, keyExchange, transportSigner } = carrier
    const offered = this.#parts.groupKeys.offered(communityId, keyExchange, transportSigner)
    if (offered.length === 0) return await describe()
    const description = readDescription(communityId, signed)
    const named = typeof description === 'string' ? [] : namedKeys(description)
    await this.#learn(
      communityId,
      offered.filter((key) => named.some(({ keyId }) => equalBytes(keyId, key.keyId))),
    )
    const described = await describe()
    if (this.#isOwner(communityId, transportSigner)) await this.#learn(communityId, offered)
    return described
  }

  /** Something waits for a key that is not here: asks for it, at growing intervals, if this person is a member. */
  async missing(communityId: CommunityId): Promise<void> {
    const { registry, clock, identity, ask } = this.#parts
    const known = registry.find(communityId)
    // Whoever cannot read the newest description may have been put out of the community, and does not ask back in.
    if (known === null || known.row.role === 'owner' || known.row.membership !== 'joined' || known.locked) return
    if (known.description?.members.has(identity.contactId) !== true) return
    const { at, times } = this.#asked.get(communityId) ?? { at: 0, times: 0 }
    const rest = ASK_AGAIN[Math.min(times, ASK_AGAIN.length - 1)] ?? 0
    if (clock.now() < at + rest) return
    this.#asked.set(communityId, { at: clock.now(), times: times + 1 })
    await ask(communityId)
  }

  async #learn(communityId: CommunityId, offered: readonly OfferedKey[]): Promise<void> {
    const { registry, unlocked } = this.#parts
    const waiting = registry.get(communityId).locked
    if (!(await registry.learn(communityId, offered))) return
    if (waiting && !registry.get(communityId).locked) await unlocked(communityId)
  }

  #isOwner(communityId: CommunityId, transportSigner: Uint8Array): boolean {
    const { description, locked } = this.#parts.registry.get(communityId)
    if (description === null || locked || transportSigner.length !== 65) return false
    return ownersOf(description).has(contactIdOf(transportSigner))
  }
}

function ownersOf({ members }: CommunityDescription): ReadonlySet<ContactId | string> {
  const owners = [...members].filter(([, { roles }]) => roles.includes(CommunityMemberRole.OWNER))
  return new Set(owners.map(([person]) => person))
}
