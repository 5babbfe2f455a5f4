import { describe, expect, it } from 'vitest'
import { contentsIn, imageIn, imageType } from '../../../src/main/messages/contents.ts'
import { ContentType, encodeChat, MessageType } from '../../../src/main/wire/index.ts'
import { communityId, general } from '../../support/people.ts'

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 9])
const bytes = (text: string) => new TextEncoder().encode(text)
type Chat = Parameters<typeof encodeChat>[0]
const body = (change: Chat) =>
  encodeChat({
    clock: 5,
    timestamp: 5,
    text: 'text',
    chatId: general,
    messageType: MessageType.COMMUNITY_CHAT,
    contentType: ContentType.TEXT_PLAIN,
    ...change,
  })
const held = (change: Chat) => contentsIn(body(change), communityId)

describe('what a message holds', () => {
  it('is nothing for plain words', () => {
    expect(held({})).toEqual({ images: 0, held: [], thread: null })
  })

  it('is an image, by its bytes and not by what is said of it', () => {
    const image = (payload: Uint8Array) => ({ contentType: ContentType.IMAGE, image: { payload, format: 2 } })
    expect(held(image(png)).images).toBe(1)
    expect(imageIn(body(image(png)), 0)).toEqual({ mime: 'image/png', bytes: png })
    expect(imageIn(body(image(png)), 1)).toBeNull()
    expect(held(image(bytes('<svg onload="alert(1)">'))).images).toBe(0)
    expect(imageIn(body(image(bytes('<html>'))), 0)).toBeNull()
    // An image beside another type of message is none.
    expect(held({ ...image(png), contentType: ContentType.TEXT_PLAIN }).images).toBe(0)
  })

  it('is what came with an imported message: images in their order, other files named as such', () => {
    const attachments = [jpeg, bytes('%PDF-'), png].map((payload) => ({ payload, contentType: 'image/png' }))
    const discord = { contentType: ContentType.DISCORD_MESSAGE, discordMessage: { id: '1', content: 'x', attachments } }
    expect(held(discord)).toEqual({ images: 2, held: ['file'], thread: null })
    expect(imageIn(body(discord), 0)?.mime).toBe('image/jpeg')
    expect(imageIn(body(discord), 1)?.mime).toBe('image/png')
  })

  it('is a link, a sticker, a sound, a thread', () => {
    const thread = `0x${'ab'.repeat(32)}`
    expect(held({ unfurledLinks: [{ url: 'https://x.example' }] }).held).toEqual(['link'])
    expect(held({ contentType: ContentType.STICKER, sticker: { hash: 'x', pack: 1 } }).held).toEqual(['sticker'])
    expect(held({ contentType: ContentType.AUDIO, audio: { payload: bytes('x') } }).held).toEqual(['audio'])
    expect(held({ threadId: thread }).thread).toBe(thread)
    expect(held({ threadId: '' }).thread).toBeNull()
  })

  it('is nothing where nothing can be read any more', () => {
    expect(contentsIn(new Uint8Array([1, 2, 3]), communityId)).toEqual({ images: 0, held: [], thread: null })
    expect(imageIn(new Uint8Array([1, 2, 3]), 0)).toBeNull()
  })

  it.each([
    ['GIF89a…', 'image/gif'],
    ['GIF87a…', 'image/gif'],
    ['RIFF1234WEBP', 'image/webp'],
    ['RIFF1234WAVE', null],
    ['RIFF', null],
    ['', null],
  ])('%j is %s', (start, type) => expect(imageType(bytes(start))).toBe(type))
})
