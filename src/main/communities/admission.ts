/**
 * Who is let into a community, and who leaves it: the owner's side of requests. Each is settled once, however often it
 * arrives, and survives a restart at any point; strangers can make none of it grow without bound. PROTOCOL.md §10.
 */
import type { CommunityId, ContactId, JoinRequest, Millis, Seconds } from '../../shared/domain.ts'
import { shownName } from '../../shared/texts.ts'
import type { Control } from '../messages/index.ts'
import type { CommunityDescription } from '../wire/index.ts'
import type { Composer } from './composing.ts'
import { nextClock } from './description.ts'
import { CommunityError } from './errors.ts'
import { CLOCK_TOLERANCE } from './judge.ts'
import { withMembers, withoutMembers } from './members.ts'
import type { CommunitiesParts, Emit } from './ports.ts'
import type { Publishing } from './publishing.ts'
import type { Registry } from './registry.ts'
import { acceptsEveryone, bannedOf, ownerOf } from './roles.ts'

/**
 * ms after which a request is not listened to any more. Store nodes keep nothing as long, and a person's node asks again
 * by itself; an old one, sent again by a stranger, could otherwise bring back who left before anybody remembers (R4.6).
 */
const REQUEST_HOLDS = 31 * 24 * 3600 * 1000

export class Admission {
  readonly #parts: CommunitiesParts
  readonly #registry: Registry
  readonly #composer: Composer
  readonly #publishing: Publishing
  readonly #emit: Emit

  constructor(parts: CommunitiesParts, registry: Registry, composer: Composer, publishing: Publishing, emit: Emit) {
    this.#parts = parts
    this.#registry = registry
    this.#composer = composer
    this.#publishing = publishing
    this.#emit = emit
  }

  /**
   * Lets in who asks, or keeps the request for the owner; asked again with a newer clock, a member is answered again
   * with the link of then. Whoever was declined and asks once more, after that, waits once more.
   */
  async onRequest({ communityId, message, signer, id }: Control<'request-to-join'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      if (!this.#owns(communityId) || !this.#isTimely(message.clock * 1000)) return
      const { description } = this.#registry.owned(communityId)
      if (bannedOf(description).has(signer)) return
      const name = shownName(message.displayName) || shownName(message.ensName)
      const member = description.members.has(signer)
      if (!member && !acceptsEveryone(description)) return this.#keep(communityId, signer, id, name, message.clock)
      const next = withMembers(description, [signer], this.#nextClock(description))
      if (!next.members.has(signer)) return
      const request = { kind: 'join' as const, contactId: signer, clock: message.clock, displayName: name }
      if (!(await this.#settle(communityId, request, next))) return
      await this.#answer(communityId, [{ contactId: signer, requestId: id }])
      if (!member) await this.#publishing.publish(communityId)
    })
  }

  /** Type 60: the request is withdrawn. Of one that was granted meanwhile the leave that comes with it takes care. */
  async onCancel({ communityId, message, signer }: Control<'cancel-request-to-join'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      if (!this.#owns(communityId) || message.clock > this.#parts.clock.now() + CLOCK_TOLERANCE) return
      const withdrawn = { contactId: signer, clock: message.clock as Millis, at: this.#parts.clock.now() }
      if (await this.#registry.change(communityId, { withdrawn })) this.#emit('requests', { communityId })
    })
  }

  async onLeave({ communityId, message, signer }: Control<'request-to-leave'>): Promise<void> {
    await this.#registry.inTurn(communityId, async () => {
      if (!this.#owns(communityId) || !this.#isTimely(message.clock * 1000)) return
      const { description } = this.#registry.owned(communityId)
      if (ownerOf(description) === signer) return
      const waited = await this.#parts.store.joinRequest(communityId, signer)
      const next = withoutMembers(description, [signer], this.#nextClock(description))
      const request = { kind: 'leave' as const, contactId: signer, clock: message.clock, displayName: '' }
      if (!(await this.#settle(communityId, request, next))) return
      if (waited?.state === 'pending') this.#emit('requests', { communityId })
      if (next !== description) await this.#publishing.publish(communityId)
    })
  }

  /**
   * One new description for all of them, and an answer for each. Somebody who does not wait, or no longer, is left out.
   * @throws CommunityError `not-owner`, `no-request` if none of them waits
   */
  accept(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#registry.inTurn(communityId, async () => {
      const { description } = this.#registry.owned(communityId)
      const waiting = await this.#waiting(communityId, people)
      const accepted = waiting.map(({ contactId }) => contactId)
      const next = withMembers(description, accepted, this.#nextClock(description))
      const admitted = waiting.filter(({ contactId }) => next.members.has(contactId))
      const answered = {
        accepted: admitted.map(({ contactId }) => contactId),
        refused: [],
        at: this.#parts.clock.now(),
      }
      await this.#publishing.store(communityId, next, { answered })
      await this.#answer(communityId, admitted)
      if (next !== description) await this.#publishing.publish(communityId)
      this.#emit('requests', { communityId })
    })
  }

  /** Each is told so. @throws CommunityError `not-owner`, `no-request` if none of them waits */
  refuse(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#registry.inTurn(communityId, async () => {
      const { row } = this.#registry.owned(communityId)
      const waiting = await this.#waiting(communityId, people)
      const at = this.#parts.clock.now()
      const from = { generation: row.generation, key: this.#registry.key(communityId) }
      // Told first: said twice it is the same entry of the outbox, never said the person would wait for ever.
      for (const { contactId, requestId } of waiting) {
        await this.#parts.send(this.#composer.refusal(communityId, from, contactId, row.descriptionClock, requestId))
      }
      const refused = waiting.map(({ contactId }) => contactId)
      await this.#registry.change(communityId, { answered: { accepted: [], refused, at } })
      this.#emit('requests', { communityId })
    })
  }

  /** @throws CommunityError `not-owner` */
  async requests(
    communityId: CommunityId,
    query: Parameters<CommunitiesParts['store']['joinRequests']>[1],
  ): Promise<{ requests: JoinRequest[]; pending: number }> {
    this.#registry.owned(communityId)
    const rows = await this.#parts.store.joinRequests(communityId, query)
    const pending = await this.#parts.store.countJoinRequests(communityId, 'pending')
    const requests = rows.map(({ contactId, displayName, state, since }) => ({
      contactId,
      name: displayName,
      state: state === 'pending' ? ('pending' as const) : ('refused' as const),
      since,
    }))
    return { requests, pending }
  }

  async #keep(communityId: CommunityId, contactId: ContactId, requestId: string, displayName: string, clock: number) {
    const since = this.#parts.clock.now()
    const asked = { contactId, requestId, displayName, clock: clock as Seconds, since }
    const known = await this.#parts.store.joinRequest(communityId, contactId)
    // What a node asked of itself before it heard the answer is no new wish.
    if (known?.state === 'refused' && clock * 1000 <= known.since) return
    if (await this.#registry.change(communityId, { asked })) this.#emit('requests', { communityId })
  }

  /** Stores a request with what follows from it; false for one that was settled, or is older than one that was (R4.6). */
  #settle(
    communityId: CommunityId,
    request: { kind: 'join' | 'leave'; contactId: ContactId; clock: number; displayName: string },
    next: CommunityDescription,
  ): Promise<boolean> {
    const settled = { ...request, clock: request.clock as Seconds, at: this.#parts.clock.now() }
    return this.#publishing.store(communityId, next, { request: settled })
  }

  /** §5.6, R3.8: with the description that lists them, and the current link. */
  async #answer(
    communityId: CommunityId,
    people: readonly { readonly contactId: ContactId; readonly requestId: string }[],
  ): Promise<void> {
    const link = await this.#currentLink(communityId)
    const { row } = this.#registry.owned(communityId)
    const from = { generation: row.generation, key: this.#registry.key(communityId) }
    const answer = {
      clock: link?.clock ?? row.descriptionClock,
      link: link?.link ?? null,
      description: row.description ?? new Uint8Array(),
      envelope: this.#publishing.answerIn(communityId),
    }
    for (const { contactId, requestId } of people) {
      await this.#parts.send(this.#composer.joinResponse(communityId, from, contactId, answer, requestId))
    }
  }

  async #waiting(communityId: CommunityId, people: readonly ContactId[]) {
    const found = await Promise.all(
      [...new Set(people)].map((contactId) => this.#parts.store.joinRequest(communityId, contactId)),
    )
    const waiting = found.flatMap((request) => (request?.state === 'pending' ? [request] : []))
    if (waiting.length > 0) return waiting
    throw new CommunityError('no-request', 'Nobody of them waits any more: it was answered, or taken back.')
  }

  /** Without a link the answer is still an answer: the announcement brings it later. */
  async #currentLink(communityId: CommunityId) {
    try {
      return await this.#parts.currentLink(communityId)
    } catch (error) {
      this.#emit('failed', { communityId, error })
      return null
    }
  }

  #owns(communityId: CommunityId): boolean {
    const known = this.#registry.find(communityId)
    return known?.row.role === 'owner' && known.description !== null
  }

  /** R3.5, for requests: one from the future would make this person's later ones look old. */
  #isTimely(ms: number): boolean {
    const now = this.#parts.clock.now()
    return ms <= now + CLOCK_TOLERANCE && ms >= now - REQUEST_HOLDS
  }

  #nextClock(description: CommunityDescription): Millis {
    return nextClock(description, this.#parts.clock.now())
  }
}
