/**
 * RULES.md R4.3: the signature does not cover the type. Every signed message of the vectors is given every other type;
 * whoever does that must gain nothing by it.
 */
import { describe, expect, it } from 'vitest'
import {
  ApplicationType,
  chatId,
  communityIdOf,
  compress,
  decodeMessage,
  encodeApplicationMessage,
  encodeCancelRequest,
  encodeDelete,
  encodeEdit,
  encodePin,
  encodeReaction,
  encodeRequestToJoin,
  encodeRequestToJoinResponse,
  encodeRequestToLeave,
  encodeThreadMetadata,
  encodeUserKicked,
  hexToBytes,
  type OpenedApplicationMessage,
  openApplicationMessage,
  WireError,
} from '../../../src/main/wire/index.ts'
import { MEMBER, OWNER, OWNER_PUBLIC } from './support.ts'
import { blobBytes, vectors } from './vectors/forms.ts'
import { encodeFields } from './vectors/messages.ts'

const TYPES = [...Object.values(ApplicationType), 200]

interface Signed {
  readonly name: string
  readonly message: OpenedApplicationMessage
}

const fromVectors: readonly Signed[] = [
  ...vectors.amm.map(({ name, message, fields, type, authorPriv }) => ({
    name,
    message: signed(type, encodeFields(message, fields), hexToBytes(authorPriv)),
  })),
  ...vectors.announcements.map(({ name, amm }) => ({
    name: `link: ${name}`,
    message: openApplicationMessage(blobBytes(amm)),
  })),
  ...vectors.communityDescription.map(({ name, amm }) => ({
    name: `description: ${name}`,
    message: openApplicationMessage(blobBytes(amm)),
  })),
  { name: 'join request', message: openApplicationMessage(blobBytes(vectors.join.request.amm)) },
  { name: 'join response', message: openApplicationMessage(blobBytes(vectors.join.response.amm)) },
]

const linkless = new Set(
  vectors.announcements
    .filter(({ expect: { reason } }) => reason === 'EMPTY_LINK' || reason === 'UNKNOWN_LINK')
    .map(({ name }) => `link: ${name}`),
)

/** Sparse messages are the likeliest to fit another type: all that may be left out is. */
const channel = chatId(communityIdOf(OWNER_PUBLIC), '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
const target = `0x${'ab'.repeat(32)}`
const own = { clock: 5, chatId: channel, messageType: 5 }
const communityId = compress(OWNER_PUBLIC)
const sparse: readonly (readonly [string, number, Uint8Array, Uint8Array])[] = [
  ['edit', ApplicationType.EDIT_MESSAGE, encodeEdit({ ...own, messageId: target }), MEMBER],
  [
    'edit whose text is a channel',
    ApplicationType.EDIT_MESSAGE,
    encodeEdit({ ...own, messageId: target, text: channel }),
    MEMBER,
  ],
  [
    'edit whose text is an id',
    ApplicationType.EDIT_MESSAGE,
    encodeEdit({ ...own, messageId: target, text: target }),
    MEMBER,
  ],
  ['delete', ApplicationType.DELETE_MESSAGE, encodeDelete({ ...own, messageId: target }), MEMBER],
  ['pin', ApplicationType.PIN_MESSAGE, encodePin({ ...own, messageId: target, pinned: true }), MEMBER],
  ['unpin', ApplicationType.PIN_MESSAGE, encodePin({ ...own, messageId: target }), MEMBER],
  [
    'reaction by number',
    ApplicationType.EMOJI_REACTION,
    encodeReaction({ ...own, messageId: target, type: 5 }),
    MEMBER,
  ],
  [
    'reaction by emoji',
    ApplicationType.EMOJI_REACTION,
    encodeReaction({ ...own, messageId: target, emoji: '🦄' }),
    MEMBER,
  ],
  [
    'thread without a name',
    ApplicationType.THREAD_METADATA,
    encodeThreadMetadata({ ...own, threadId: target }),
    MEMBER,
  ],
  [
    'thread',
    ApplicationType.THREAD_METADATA,
    encodeThreadMetadata({ ...own, threadId: target, name: 'a name' }),
    MEMBER,
  ],
  [
    'request to join',
    ApplicationType.COMMUNITY_REQUEST_TO_JOIN,
    encodeRequestToJoin({ clock: 5, communityId }),
    MEMBER,
  ],
  [
    'request to leave',
    ApplicationType.COMMUNITY_REQUEST_TO_LEAVE,
    encodeRequestToLeave({ clock: 5, communityId }),
    MEMBER,
  ],
  [
    'cancelled request',
    ApplicationType.COMMUNITY_CANCEL_REQUEST_TO_JOIN,
    encodeCancelRequest({ clock: 1_700_000_000_000, communityId }),
    MEMBER,
  ],
  ['kick', ApplicationType.COMMUNITY_USER_KICKED, encodeUserKicked({ clock: 5, communityId }), OWNER],
  [
    'refusal',
    ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE,
    encodeRequestToJoinResponse({ clock: 5, communityId }),
    OWNER,
  ],
]
const all: readonly Signed[] = [
  ...fromVectors,
  ...sparse.map(([name, type, payload, key]) => ({
    name: `sparse ${name}`,
    message: signed(type, payload, key),
  })),
]

function signed(type: number, payload: Uint8Array, key: Uint8Array): OpenedApplicationMessage {
  return openApplicationMessage(encodeApplicationMessage({ type, payload }, key))
}

/** The kind it decodes as under another type; null if it is refused. */
function relabelled(message: OpenedApplicationMessage, type: number): string | null {
  try {
    return decodeMessage({ ...message, type }).kind
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

describe('R4.3 a message given another type', () => {
  it.each(all.map((signed) => [signed.name, signed] as const))(
    '%s is refused or has no effect',
    (_name, { message }) => {
      const effects = TYPES.filter((type) => type !== message.type)
        .map((type) => ({ type, kind: relabelled(message, type) }))
        .filter(({ kind }) => kind !== null && kind !== 'other')
      // Generation P's index CID is generation N's archive link under another number: the same clock and link of the same
      // signer, which is what they were before.
      const sameBody = effects.filter(({ kind }) => kind === 'archive-link' && message.type === 200)
      expect(effects.filter((effect) => !sameBody.includes(effect))).toEqual([])
    },
  )

  it('the measured attack: a reaction as its author’s deletion of the same message', () => {
    const reaction = vectors.amm.find(({ message }) => message === 'EmojiReaction')
    if (!reaction) throw new Error('the vectors have no reaction')
    const opened = openApplicationMessage(blobBytes(reaction.amm))
    expect(relabelled(opened, ApplicationType.EMOJI_REACTION)).toBe('reaction')
    expect(relabelled(opened, ApplicationType.DELETE_MESSAGE)).toBeNull()
  })

  it('every message of this test means something under its own type', () => {
    for (const { message, name } of all) {
      const meant = relabelled(message, message.type)
      const isNothing = message.type === 200 || linkless.has(name)
      expect([name, meant === null || meant === 'other']).toEqual([name, isNothing])
    }
  })
})
