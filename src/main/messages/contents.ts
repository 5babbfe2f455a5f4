/**
 * What a message holds besides its text, for whoever lists and searches messages without opening each; and the images
 * themselves, for whoever wants to see one. Pure. Types of images are told by their bytes, never by what is said of them.
 */
import type { CommunityId } from '../../shared/domain.ts'
import type { MessageContents } from '../store/records.ts'
import { type ChatMessage, ContentType, decodeChat, WireError } from '../wire/index.ts'
import { messageIdIn } from './message-ids.ts'

export type ImageType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'

export interface Image {
  readonly mime: ImageType
  readonly bytes: Uint8Array
}

/** Images of one message that are counted and given at most. */
export const MOST_IMAGES = 50

export function contentsOf(message: ChatMessage, communityId: CommunityId): MessageContents {
  const attachments = message.discordMessage?.attachments ?? []
  const images = imagesOf(message).length
  const links = message.unfurledLinks.length + (message.unfurledStatusLinks?.links.length ?? 0)
  return {
    images,
    held: [
      ...(links > 0 ? (['link'] as const) : []),
      ...(attachments.some(({ payload }) => imageType(payload) === null) ? (['file'] as const) : []),
      ...(message.contentType === ContentType.AUDIO ? (['audio'] as const) : []),
      ...(message.contentType === ContentType.STICKER ? (['sticker'] as const) : []),
    ],
    thread: message.threadId ? messageIdIn(message.threadId, communityId) : null,
  }
}

/** The same of a stored message; nothing where it cannot be read any more. */
export function contentsIn(body: Uint8Array, communityId: CommunityId): MessageContents {
  const message = opened(body)
  return message === null ? { images: 0, held: [], thread: null } : contentsOf(message, communityId)
}

/** One image of a stored message; null if it has no such. */
export function imageIn(body: Uint8Array, index: number): Image | null {
  const message = opened(body)
  return message === null ? null : (imagesOf(message)[index] ?? null)
}

function imagesOf({ image, contentType, discordMessage }: ChatMessage): Image[] {
  const own = contentType === ContentType.IMAGE && image !== undefined ? [image.payload] : []
  const attached = (discordMessage?.attachments ?? []).map(({ payload }) => payload)
  return [...own, ...attached]
    .flatMap((bytes) => {
      const mime = imageType(bytes)
      return mime === null ? [] : [{ mime, bytes }]
    })
    .slice(0, MOST_IMAGES)
}

function opened(body: Uint8Array): ChatMessage | null {
  try {
    return decodeChat(body)
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

/** By the first bytes. Null for everything that is not shown as an image: an SVG is a document. */
export function imageType(bytes: Uint8Array): ImageType | null {
  const begins = (at: number, text: string) =>
    bytes.length >= at + text.length && [...text].every((character, n) => bytes[at + n] === character.charCodeAt(0))
  if (begins(0, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (begins(0, '\xff\xd8\xff')) return 'image/jpeg'
  if (begins(0, 'GIF87a') || begins(0, 'GIF89a')) return 'image/gif'
  return begins(0, 'RIFF') && begins(8, 'WEBP') ? 'image/webp' : null
}
