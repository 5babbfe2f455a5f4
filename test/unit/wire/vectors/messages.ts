/** The inner messages by the names that the vectors give them. */

import {
  ChatMessage,
  CommunityRequestToLeave,
  DeleteMessage,
  EditMessage,
  EmojiReaction,
  PinMessage,
  ThreadMetadata,
} from '../../../../src/main/wire/generated/schema.ts'
import {
  encodeChat,
  encodeDelete,
  encodeEdit,
  encodePin,
  encodeReaction,
  encodeRequestToLeave,
  encodeThreadMetadata,
} from '../../../../src/main/wire/index.ts'
import type { MessageShape } from '../../../../src/main/wire/protobuf/schema.ts'
import { fieldsOf } from './forms.ts'

interface Codec {
  readonly shape: MessageShape<unknown>
  readonly encode: (fields: Record<string, unknown>) => Uint8Array
}

const CODECS: Readonly<Record<string, Codec>> = {
  ChatMessage: { shape: ChatMessage, encode: encodeChat },
  EditMessage: { shape: EditMessage, encode: encodeEdit },
  DeleteMessage: { shape: DeleteMessage, encode: encodeDelete },
  PinMessage: { shape: PinMessage, encode: encodePin },
  EmojiReaction: { shape: EmojiReaction, encode: encodeReaction },
  ThreadMetadata: { shape: ThreadMetadata, encode: encodeThreadMetadata },
  Leave: { shape: CommunityRequestToLeave, encode: encodeRequestToLeave },
}

export function encodeFields(message: string, fields: Record<string, unknown>): Uint8Array {
  const { shape, encode } = codecOf(message)
  return encode(fieldsOf(shape, fields))
}

/** What the decoder must give back for them. */
export function decodeFields(message: string, fields: Record<string, unknown>): Record<string, unknown> {
  return fieldsOf(codecOf(message).shape, fields)
}

function codecOf(message: string): Codec {
  const codec = CODECS[message]
  if (!codec) throw new Error(`the vectors name a message ${message} that has no codec`)
  return codec
}
