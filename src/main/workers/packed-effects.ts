/**
 * The effects of many messages as two runs of bytes. Threads hand a batch on in this form, and hand it over: as objects,
 * each message would be taken apart and put together again at every port, by threads that have no use for it. Messages
 * are put in and taken out one at a time, so that neither side ever holds a batch of objects. Pure.
 */
import type { AuthorStanding, ChatId, CommunityId, ContactId, MessageId, Millis, Origin } from '../../shared/domain.ts'
import type { ChatEffect, MessageContents, MessageEffect } from '../store/records.ts'

export interface PackedEffects {
  /** UTF-8: a line of JSON for each effect, and in the last line the names. */
  readonly text: Uint8Array<ArrayBuffer>
  /** The bodies, one behind the other. */
  readonly bodies: Uint8Array<ArrayBuffer>
  readonly count: number
}

/** Where and by whom something was said is much longer than most of what is said, and the same again and again. */
type Where = readonly [community: number, chat: number, author: number]

/** Nearly every line. Of names their place in the last line, of the body its length. */
type ChatLine = readonly [
  where: Where,
  id: MessageId,
  clock: Millis,
  timestamp: Millis,
  text: string,
  contentType: number,
  responseTo: MessageId | null,
  displayName: string,
  standing: AuthorStanding,
  origin: Origin | null,
  editedAt: Millis | null,
  contents: MessageContents | null,
  bodyLength: number,
]
type OtherEffect = Exclude<MessageEffect, ChatEffect>
/** An object is told from a list. */
type OtherLine = { readonly where: Where; readonly effect: Omit<OtherEffect, 'communityId' | 'chatId' | 'author'> }

const NEWLINE = 10
/** Bytes that a character of a string may take in UTF-8, at most. */
const WIDEST = 3

export class EffectPacker {
  readonly #names = new Map<string, number>()
  readonly #text = new Run()
  readonly #bodies = new Run()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(effect: MessageEffect): void {
    const { communityId, chatId, author } = effect
    const where: Where = [this.#place(communityId), this.#place(chatId), this.#place(author)]
    this.#text.addText(
      `${JSON.stringify(effect.kind === 'chat' ? chatLine(where, effect) : otherLine(where, effect))}\n`,
    )
    if (effect.kind === 'chat') this.#bodies.add(effect.body)
    this.#count += 1
  }

  /** What was added, and begins anew. */
  take(): PackedEffects {
    this.#text.addText(JSON.stringify([...this.#names.keys()]))
    const taken = { text: this.#text.take(), bodies: this.#bodies.take(), count: this.#count }
    this.#names.clear()
    this.#count = 0
    return taken
  }

  #place(name: string): number {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, this.#names.size)
    return this.#names.size - 1
  }
}

export function packEffects(effects: Iterable<MessageEffect>): PackedEffects {
  const packer = new EffectPacker()
  for (const effect of effects) packer.add(effect)
  return packer.take()
}

/** What can be handed over of a batch. */
export const handed = ({ text, bodies }: PackedEffects): ArrayBuffer[] => [text.buffer, bodies.buffer]

/** The reverse, for what was packed in another thread of this program. Bodies are views on `bodies`. */
export function* unpackEffects({ text, bodies }: PackedEffects): Generator<MessageEffect> {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const end = bytes.lastIndexOf(NEWLINE) + 1
  const names = JSON.parse(bytes.toString('utf8', end)) as readonly string[]
  let said = 0
  for (let at = 0, next = 0; at < end; at = next + 1) {
    next = bytes.indexOf(NEWLINE, at)
    const line = JSON.parse(bytes.toString('utf8', at, next)) as ChatLine | OtherLine
    if ('effect' in line) {
      yield { ...line.effect, ...named(line.where, names) } as OtherEffect
      continue
    }
    const from = said
    said += line[12]
    yield chatEffect(line, names, bodies.subarray(from, said))
  }
}

function named([community, chat, author]: Where, names: readonly string[]) {
  return {
    communityId: names[community] as CommunityId,
    chatId: names[chat] as ChatId,
    author: names[author] as ContactId,
  }
}

function otherLine(
  where: Where,
  { communityId: _, chatId: _chat, author: _author, ...effect }: OtherEffect,
): OtherLine {
  return { where, effect }
}

function chatLine(where: Where, effect: ChatEffect): ChatLine {
  const { id, clock, timestamp, text, contentType, responseTo, displayName, standing, origin, editedAt } = effect
  const contents = effect.contents ?? null
  return [
    where,
    id,
    clock,
    timestamp,
    text,
    contentType,
    responseTo,
    displayName,
    standing,
    origin,
    editedAt,
    contents,
    effect.body.length,
  ]
}

function chatEffect(line: ChatLine, names: readonly string[], body: Uint8Array): ChatEffect {
  const [[community, chat, author], id, clock, timestamp, text, contentType, responseTo, displayName] = line
  const contents = line[11]
  return {
    kind: 'chat',
    id,
    communityId: names[community] as CommunityId,
    chatId: names[chat] as ChatId,
    author: names[author] as ContactId,
    clock,
    timestamp,
    text,
    contentType,
    responseTo,
    displayName,
    standing: line[8],
    origin: line[9],
    editedAt: line[10],
    body,
    ...(contents === null ? {} : { contents }),
  }
}

/** Bytes that grow at their end. */
class Run {
  #bytes = Buffer.allocUnsafeSlow(1 << 16)
  #length = 0

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  addText(text: string): void {
    this.#reserve(text.length * WIDEST)
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** A copy that can be handed over; what follows is written where this was. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return taken
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + size))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
