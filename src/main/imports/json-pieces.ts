/**
 * Cuts a JSON file of any size into the pieces that fit into memory. It only finds where a value ends; the built-in
 * parser then reads each piece, natively, which is ten times as fast as the streaming parsers there are for JavaScript,
 * and every piece is bounded before a byte of it is decoded. What is wrong is told with its line and byte.
 */
import { isUtf8 } from 'node:buffer'

/** What is read of a file. */
export interface Bytes {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

/** Where something stands in a file: the line counts from 1, the byte from 0. */
export interface Place {
  readonly line: number
  readonly byte: number
}

/** The file cannot be read any further. The message is a reason to be shown after the place. */
export class UnreadableJson extends Error {
  readonly place: Place
  constructor(message: string, place: Place) {
    super(message)
    this.name = 'UnreadableJson'
    this.place = place
  }
}

export interface Piece extends Place {
  readonly value: unknown
  /** Where the file goes on after it. */
  readonly next: Place
  /** Bytes that are no UTF-8 stood in it; they read as U+FFFD. */
  readonly mended: boolean
}

export interface PieceLimits {
  /** Longest value, bytes. */
  readonly bytes: number
  /** Objects and arrays inside each other. */
  readonly depth: number
}

/** bytes; read at once. */
const CHUNK = 256 * 1024
/** bytes; of what is held while no value is larger. */
const ROOM = 2 * CHUNK
const [TAB, LF, CR, SPACE, QUOTE, COMMA, COLON, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [
  9, 10, 13, 32, 34, 44, 58, 91, 92, 93, 123, 125,
] as const

export class JsonPieces {
  readonly #file: Bytes
  readonly #limits: PieceLimits
  /** Written over again and again: of a large file nothing is left behind for the garbage collector. */
  #buffer = Buffer.allocUnsafeSlow(ROOM)
  /** Bytes of the file from `#base` on, in `#buffer`; everything before `#at` is behind us. */
  #window: Buffer = Buffer.alloc(0)
  #base: number
  #at = 0
  /** Line breaks are counted up to `#counted`. */
  #line: number
  #counted = 0
  #ended = false

  /** `from` continues an earlier reading at the `next` of a piece. */
  constructor(file: Bytes, limits: PieceLimits, from: Place = { line: 1, byte: 0 }) {
    this.#file = file
    this.#limits = limits
    this.#base = from.byte
    this.#line = from.line
  }

  /** The place of the next byte. */
  place(): Place {
    // Only as far as was read: where a file is one long line, each search would else run through all that is held.
    const behind = this.#window.subarray(this.#counted, this.#at)
    for (let at = behind.indexOf(LF); at >= 0; at = behind.indexOf(LF, at + 1)) this.#line += 1
    this.#counted = this.#at
    return { line: this.#line, byte: this.#base + this.#at }
  }

  /** The next byte that is no space, as a character; null at the end of the file. It stays where it is. */
  async peek(): Promise<string | null> {
    for (;;) {
      for (; this.#at < this.#window.length; this.#at += 1) {
        const byte = this.#window[this.#at]
        if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) return String.fromCharCode(byte ?? 0)
      }
      if (!(await this.#more(this.#at))) return null
    }
  }

  /** Steps over one of these characters and says which it was. @throws UnreadableJson for anything else */
  async take(...expected: readonly string[]): Promise<string> {
    const found = await this.peek()
    if (found !== null && expected.includes(found)) {
      this.#at += 1
      return found
    }
    const wanted = expected.map((one) => `“${one}”`).join(' or ')
    throw this.#wrong(found === null ? `the file ends where ${wanted} should be` : `${wanted} is missing here`)
  }

  /** A mark that some editors put at the beginning of a file. */
  async skipByteOrderMark(): Promise<void> {
    if ((await this.peek()) === '\u00ef') this.#at += this.#window.subarray(this.#at, this.#at + 3).equals(BOM) ? 3 : 0
  }

  /** Reads the next value whole. @throws UnreadableJson if there is none, or it is too large, too deep or no JSON */
  async value(): Promise<Piece> {
    if ((await this.peek()) === null) throw this.#wrong('the file ends where a value should be')
    const place = this.place()
    const length = await this.#measure(place)
    const bytes = this.#window.subarray(this.#at, this.#at + length)
    const value = parse(bytes, place)
    const mended = !isUtf8(bytes)
    this.#at += length
    return { ...place, value, next: this.place(), mended }
  }

  /** How many bytes the value at `#at` has; all of them are in the window then. */
  async #measure(place: Place): Promise<number> {
    let depth = 0
    let inString = false
    let escaped = false
    let length = 0
    for (;;) {
      const window = this.#window
      const start = this.#at
      for (let at = start + length; at < window.length; at += 1) {
        const byte = window[at]
        if (escaped) escaped = false
        else if (inString) {
          if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) {
            inString = false
            if (depth === 0) return at + 1 - start
          }
        } else if (byte === QUOTE) inString = true
        else if (byte === OPEN || byte === OPEN_LIST) {
          depth += 1
          if (depth > this.#limits.depth) throw new UnreadableJson('objects are nested too deeply', place)
        } else if (byte === CLOSE || byte === CLOSE_LIST) {
          if (depth === 0) return at - start
          depth -= 1
          if (depth === 0) return at + 1 - start
        } else if (depth === 0 && endsWord(byte)) return at - start
      }
      length = window.length - start
      if (length > this.#limits.bytes) {
        const most = `${Math.floor(this.#limits.bytes / 2 ** 20)} MiB`
        throw new UnreadableJson(`what begins here is larger than ${most}, the most that one message may be`, place)
      }
      if (await this.#more(start)) continue
      if (depth === 0 && !inString) return length
      throw new UnreadableJson('the file ends in the middle of what begins here', place)
    }
  }

  /** Reads on; what stands before `keep` is let go. False at the end of the file. */
  async #more(keep: number): Promise<boolean> {
    if (this.#ended) return false
    this.place()
    const kept = this.#window.subarray(keep)
    const buffer = this.#roomFor(kept.length)
    buffer.set(kept)
    const position = this.#base + this.#window.length
    const { bytesRead } = await this.#file.read(buffer, kept.length, CHUNK, position)
    this.#ended = bytesRead === 0
    this.#buffer = buffer
    this.#window = buffer.subarray(0, kept.length + bytesRead)
    this.#base += keep
    this.#at -= keep
    this.#counted -= keep
    return !this.#ended
  }

  /** The buffer that there is, a larger one for a large value, or a small one again after it. */
  #roomFor(kept: number): Buffer<ArrayBuffer> {
    const isLarge = this.#buffer.length > ROOM
    if (kept + CHUNK > this.#buffer.length) return Buffer.allocUnsafeSlow(2 * (kept + CHUNK))
    return isLarge && kept <= CHUNK ? Buffer.allocUnsafeSlow(ROOM) : this.#buffer
  }

  #wrong(reason: string): UnreadableJson {
    return new UnreadableJson(reason, this.place())
  }
}

const BOM = Buffer.of(0xef, 0xbb, 0xbf)

const endsWord = (byte: number | undefined): boolean =>
  byte === COMMA || byte === SPACE || byte === LF || byte === CR || byte === TAB || byte === COLON

function parse(bytes: Buffer, place: Place): unknown {
  const text = bytes.toString('utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // The parser quotes what it found; only its position is passed on.
    const at = Number(/at position (\d+)/.exec(error.message)?.[1] ?? 0)
    const before = Buffer.from(text.slice(0, at))
    const line = place.line + before.filter((byte) => byte === LF).length
    throw new UnreadableJson('this is no valid JSON', { line, byte: place.byte + before.length })
  }
}
