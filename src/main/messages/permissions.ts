/**
 * Who may say what in a channel, as every receiver judges it (PROTOCOL.md §10 step 7) for what comes live or from a store
 * node. The decision of RULES.md R4.5, line by line:
 *
 * - whoever only reads in a channel (a viewer, anyone not chosen where only some write) is refused, counted and not
 *   recorded: an owner's word on who writes is older than the message;
 * - a stranger in a channel where every member writes is kept and marked: the description that makes them a member may
 *   be on its way, and what is not recorded now is in no archive ever;
 * - who is banned is kept and marked, too, and hidden until one asks to see it: a ban that is taken back has cost nothing;
 * - archives are not judged by today's rights at all. What an owner's node refused never got into one.
 */
import type { ChatId, ContactId, MessageSource } from '../../shared/domain.ts'

/** Of a channel in which not everybody may write. */
export interface ChannelRule {
  /** Those who may, besides the privileged; null for everybody but the viewers. */
  readonly posters: ReadonlySet<ContactId> | null
  /** Members who only read. */
  readonly viewers: ReadonlySet<ContactId>
  readonly viewersMayReact: boolean
}

interface Rights {
  readonly origin: MessageSource
  readonly privileged: ReadonlySet<ContactId>
  readonly members: ReadonlySet<ContactId>
  readonly membersMayPin: boolean
  readonly rules: ReadonlyMap<ChatId, ChannelRule>
}

export function mayPost(author: ContactId, channel: ChatId, { origin, privileged, rules }: Rights): boolean {
  const rule = rules.get(channel)
  if (origin === 'archive' || rule === undefined || privileged.has(author)) return true
  return rule.posters === null ? !rule.viewers.has(author) : rule.posters.has(author)
}

export function mayReact(author: ContactId, channel: ChatId, rights: Rights): boolean {
  if (mayPost(author, channel, rights)) return true
  const rule = rights.rules.get(channel)
  return rule?.viewersMayReact === true && rule.viewers.has(author)
}

export function mayPin(author: ContactId, channel: ChatId, rights: Rights): boolean {
  if (rights.origin === 'archive' || rights.privileged.has(author)) return true
  return rights.membersMayPin && rights.members.has(author) && mayPost(author, channel, rights)
}
