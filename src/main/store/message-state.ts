/**
 * What edits, deletions, pins and reactions make of a message: a pure function of all of them, whatever their order.
 * The newest is the one with the greatest clock, and among equal clocks the one with the greatest id. PROTOCOL.md §1.6.
 */
import type { ContactId, MessageId, Millis, Reaction } from '../../shared/domain.ts'

export const effectKind = { edit: 1, delete: 2, pin: 3, reaction: 4 } as const

/** A stored effect; chats and authors as numbers or ids, as long as equal means the same. */
export interface StoredEffect {
  readonly id: MessageId
  readonly kind: number
  readonly chat: number
  readonly author: number
  readonly clock: Millis
  readonly text: string
  readonly flag: number
}

export interface Posted {
  readonly chat: number
  readonly author: number
  readonly text: string
}

export interface MessageState {
  /** Empty where deleted. */
  readonly text: string
  readonly editedAt: Millis | null
  readonly deleted: boolean
  readonly pinned: boolean
}

/** Effects count only in the message's own channel; edits only by its author; deletions by the author or a privileged person. */
export function messageState(posted: Posted, effects: readonly StoredEffect[]): MessageState {
  const here = effects.filter((effect) => effect.chat === posted.chat)
  const own = (effect: StoredEffect) => effect.author === posted.author
  const edit = newest(here.filter((effect) => effect.kind === effectKind.edit && own(effect)))
  const pin = newest(here.filter((effect) => effect.kind === effectKind.pin))
  const deleted = here.some((effect) => effect.kind === effectKind.delete && (own(effect) || effect.flag === 1))
  return {
    text: deleted ? '' : (edit?.text ?? posted.text),
    editedAt: edit?.clock ?? null,
    deleted,
    pinned: pin?.flag === 1,
  }
}

/** The author's own texts after the first, oldest first. */
export function editsOf(posted: Posted, effects: readonly StoredEffect[]): readonly StoredEffect[] {
  return effects
    .filter(
      (effect) => effect.kind === effectKind.edit && effect.chat === posted.chat && effect.author === posted.author,
    )
    .sort(byAge)
}

/** A reaction as stored, with the person's id for the reader. */
export interface StoredReaction extends StoredEffect {
  readonly contact: ContactId
}

/** Who reacted with what, in the order of first standing reactions; a retracted one is gone. */
export function reactionsOf(posted: Pick<Posted, 'chat'>, effects: readonly StoredReaction[]): readonly Reaction[] {
  const authors = new Map<string, ContactId[]>()
  for (const effect of standingReactions(posted, effects)) {
    const list = authors.get(effect.text)
    if (list === undefined) authors.set(effect.text, [effect.contact])
    else list.push(effect.contact)
  }
  return [...authors].map(([emoji, list]) => ({ emoji, authors: list }))
}

/** The last word of each person on each emoji, where it is not a retraction; oldest first. */
export function standingReactions<E extends StoredEffect>(
  posted: Pick<Posted, 'chat'>,
  effects: readonly E[],
): readonly E[] {
  const last = new Map<string, E>()
  for (const effect of effects) {
    if (effect.kind !== effectKind.reaction || effect.chat !== posted.chat) continue
    const key = `${effect.author} ${effect.text}`
    const before = last.get(key)
    if (before === undefined || byAge(before, effect) < 0) last.set(key, effect)
  }
  return [...last.values()].filter(({ flag }) => flag === 0).sort(byAge)
}

function newest(effects: readonly StoredEffect[]): StoredEffect | undefined {
  return effects.reduce<StoredEffect | undefined>(
    (best, next) => (best !== undefined && byAge(best, next) > 0 ? best : next),
    undefined,
  )
}

function byAge(a: StoredEffect, b: StoredEffect): number {
  return a.clock - b.clock || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
