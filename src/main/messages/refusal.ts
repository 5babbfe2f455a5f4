/** Why a record has no effect. Every refusal has one of these names, is counted under it and shown; none stops the rest. */
export type RefusalReason =
  /** Nothing inside, or no envelope of PROTOCOL.md §3.8. */
  | 'empty-payload'
  | 'undecodable'
  | 'bad-encryption'
  /** RULES.md R4.2. */
  | 'missing-signature'
  | 'bad-signature'
  /** The signer may not say this: a description, link or answer not signed by the community. PROTOCOL.md §2. */
  | 'wrong-signer'
  | 'unknown-type'
  /** Known, but not from here: RULES.md R4.1 for archives, a request outside the owner's topic. */
  | 'type-not-allowed'
  /** The inner message does not decode as its type says (RULES.md R4.3). */
  | 'wrong-type'
  /** It decodes, but breaks a rule of its type (PROTOCOL.md §1.5): no clock, no channel, no content … */
  | 'invalid'
  | 'empty-link'
  | 'unknown-link'
  | 'wrong-community'
  | 'bad-chat-id'
  | 'bad-clock'
  | 'bad-text'
  | 'bad-display-name'
  | 'bad-target'
  /** The author may not write, react or pin there: permissions.ts. */
  | 'not-permitted'
  /** RULES.md R4.4. */
  | 'bad-third-party-id'
  /** Inbox only. */
  | 'not-for-us'
  | 'bad-timestamp'
  | 'undecryptable'
  | 'bad-segments'
  | 'overflow'
  | 'refused-by-store'
  | 'handler-failed'

/** Thrown inside this room only; `interpret` turns it into a value. */
export class Refusal extends Error {
  readonly reason: RefusalReason
  constructor(reason: RefusalReason, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.name = 'Refusal'
    this.reason = reason
  }
}

export function refuseUnless(condition: boolean, reason: RefusalReason): asserts condition {
  if (!condition) throw new Refusal(reason)
}
