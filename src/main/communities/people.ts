/** The people of a community as they are listed: by their ids, a page at a time. */
import type { CommunityId, ContactId, Member } from '../../shared/domain.ts'
import { CommunityMemberRole } from '../wire/index.ts'
import type { Known } from './known.ts'
import type { CommunitiesParts } from './ports.ts'
import type { Registry } from './registry.ts'
import { bannedOf, membersOf } from './roles.ts'

export interface MemberQuery {
  readonly standing: Member['standing']
  /** The last one of the page before. */
  readonly after?: ContactId | undefined
  readonly limit: number
}

type Parts = Pick<CommunitiesParts, 'store' | 'names' | 'identity' | 'displayName'>
type Sorted = { readonly [S in Member['standing']]: readonly ContactId[] }

export class People {
  readonly #parts: Parts
  readonly #registry: Registry
  /** Fifty thousand ids are sorted once for each description, not for each page. */
  readonly #sorted = new WeakMap<Known['former'], Sorted>()

  constructor(parts: Parts, registry: Registry) {
    this.#parts = parts
    this.#registry = registry
  }

  /** @throws CommunityError `unknown-community` */
  async page(communityId: CommunityId, query: MemberQuery): Promise<{ members: Member[]; total: number }> {
    const known = this.#registry.get(communityId)
    const all = this.#of(known)[query.standing]
    const from = query.after === undefined ? 0 : firstAfter(all, query.after)
    const page = all.slice(from, from + query.limit)
    const asked = await this.#parts.store.requestNames(communityId, page)
    const wrote = await this.#parts.names(communityId, page)
    // A name that other clients refuse is not sent, but its owner knows it.
    const own = (contactId: ContactId) =>
      contactId === this.#parts.identity.contactId ? this.#parts.displayName() : ''
    const members = page.map((contactId) => ({
      contactId,
      name: wrote.get(contactId) ?? asked.get(contactId) ?? own(contactId),
      standing: query.standing,
      role: roleOf(known, contactId),
    }))
    return { members, total: all.length }
  }

  #of(known: Known): Sorted {
    const ready = this.#sorted.get(known.former)
    if (ready !== undefined) return ready
    const { description, former } = known
    const banned = description === null ? new Set<ContactId>() : bannedOf(description)
    const member = description === null ? [] : [...membersOf(description)]
    const sorted = {
      member: member.sort(),
      banned: [...banned].sort(),
      former: [...former].filter((person) => !banned.has(person)).sort(),
    }
    this.#sorted.set(known.former, sorted)
    return sorted
  }
}

function roleOf({ description }: Known, person: ContactId): Member['role'] {
  const roles = description?.members.get(person)?.roles ?? []
  if (roles.includes(CommunityMemberRole.OWNER)) return 'owner'
  if (roles.includes(CommunityMemberRole.ADMIN)) return 'admin'
  return roles.includes(CommunityMemberRole.TOKEN_MASTER) ? 'token-master' : 'member'
}

/** By halves: where the first id greater than `after` stands, whether or not that one is still there. */
function firstAfter(sorted: readonly ContactId[], after: ContactId): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') > after) high = middle
    else low = middle + 1
  }
  return low
}
