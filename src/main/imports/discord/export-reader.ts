/**
 * Walks through an export: what it is about, then message by message. A JSON object of DiscordChatExporter has `guild`
 * and `channel` before `messages`, so the first kilobytes say whether it is one.
 */
import { open } from 'node:fs/promises'
import { type Bytes, JsonPieces, type Piece, type Place, UnreadableJson } from '../json-pieces.ts'
import { type ExportHead, readHead } from './export.ts'

/** Longest message, bytes: Discord's own are thousands of times shorter, embeds and reactions included. */
const MAX_MESSAGE = 16 * 1024 * 1024
const LIMITS = { bytes: MAX_MESSAGE, depth: 64 }
/** What stands before the messages has a bound of its own. */
const HEAD_LIMITS = { bytes: 1024 * 1024, depth: 64 }
/** Keys of the outermost object. */
const MAX_KEYS = 100
const NOT_AN_EXPORT = 'this is no export of DiscordChatExporter: it needs guild, channel and messages, in JSON'

export interface ExportEnd {
  /** As the file says; null if it does not. */
  readonly messageCount: number | null
}

/** A file, or anything that is read like one. */
export type ExportFile = Bytes & { close(): Promise<void> }

export class ExportReader {
  readonly #file: ExportFile

  constructor(file: ExportFile) {
    this.#file = file
  }

  static async open(path: string): Promise<ExportReader> {
    return new ExportReader(await open(path, 'r'))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** What the file is about, and where its messages begin. @throws UnreadableJson */
  async head(): Promise<{ readonly head: ExportHead; readonly start: Place }> {
    const pieces = new JsonPieces(this.#file, HEAD_LIMITS)
    await pieces.skipByteOrderMark()
    if ((await pieces.peek()) !== '{') throw new UnreadableJson(NOT_AN_EXPORT, pieces.place())
    await pieces.take('{')
    const found = new Map<unknown, unknown>()
    for (let keys = 0; keys < MAX_KEYS && (await pieces.peek()) === '"'; keys += 1) {
      const { value: key, ...place } = await pieces.value()
      await pieces.take(':')
      if (key === 'messages') {
        const head = readHead(found.get('guild'), found.get('channel'))
        if (head === null || (await pieces.peek()) !== '[') throw new UnreadableJson(NOT_AN_EXPORT, place)
        await pieces.take('[')
        return { head, start: pieces.place() }
      }
      found.set(key, (await pieces.value()).value)
      if ((await pieces.take(',', '}')) === '}') break
    }
    throw new UnreadableJson(NOT_AN_EXPORT, pieces.place())
  }

  /**
   * Every message from a place on: the one where they begin, or the `next` of an earlier one.
   * @returns how the export ends. @throws UnreadableJson at the first thing that is no JSON; what came before counts
   */
  async *messages(start: Place, isFirst: boolean): AsyncGenerator<Piece, ExportEnd> {
    const pieces = new JsonPieces(this.#file, LIMITS, start)
    if (isFirst && (await pieces.peek()) === ']') await pieces.take(']')
    else {
      if (!isFirst && (await pieces.take(',', ']')) === ']') return this.#end(pieces)
      do yield await pieces.value()
      while ((await pieces.take(',', ']')) === ',')
    }
    return this.#end(pieces)
  }

  async #end(pieces: JsonPieces): Promise<ExportEnd> {
    let messageCount: number | null = null
    for (let keys = 0; keys < MAX_KEYS && (await pieces.take(',', '}')) === ','; keys += 1) {
      const { value: key } = await pieces.value()
      await pieces.take(':')
      const { value } = await pieces.value()
      if (key === 'messageCount' && Number.isSafeInteger(value)) messageCount = Number(value)
    }
    if ((await pieces.peek()) !== null) throw new UnreadableJson('more follows after the export', pieces.place())
    return { messageCount }
  }
}
