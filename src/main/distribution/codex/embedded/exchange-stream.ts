/**
 * A stream of `/storage/blockexc/1.0.0`, whoever opened it: our requests and the answers to them, the other side's
 * requests and ours to them, and control messages either way (nodes send presence on a stream of their own).
 * Everything that a peer may make us keep is bounded; what does not follow the protocol ends the stream.
 */
import type { Clock } from '../../../clock.ts'
import {
  type BlocksRequest,
  type Control,
  decodeBlocksRequest,
  decodeControl,
  decodeResponseMeta,
  encodeBlocksRequest,
  encodeBlocksResponse,
  encodeControl,
  equalBytes,
  FRAME_HEADER,
  frameTypes,
  MAX_BLOCK_SIZE,
  MAX_CONTROL_BYTES,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_META,
  type ProvenBlock,
  readFrameHeader,
  WireError,
} from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import type { ByteStream } from './byte-stream.ts'
import type { ReceivedBlock } from './dialogue.ts'

export interface ExchangeParty {
  /** What we give for a request, when its turn has come; at most as much as one response may hold. */
  answer(request: BlocksRequest): Promise<readonly ProvenBlock[]>
  control(message: Control, stream: ExchangeStream): void
}

interface Pending {
  readonly root: Uint8Array
  readonly count: number
  readonly resolve: (blocks: ReceivedBlock[]) => void
  readonly reject: (error: Error) => void
}

/** ms without a whole frame after which a stream is closed; whoever wants it opens another. */
const idleAtMost = 180_000
/** bytes of answers to what was asked in one breath that are sent in one piece, about. */
const answersAtOnce = 512 * 1024
/** ms */
const patience = 20
/** ms that a request may take. */
const requestAtMost = 30_000

export class ExchangeStream {
  readonly #bytes: ByteStream
  readonly #party: ExchangeParty
  readonly #clock: Clock
  readonly #pending = new Map<bigint, Pending>()
  #nextId = 1n
  /** Answers that wait to be sent together, and how many bytes they are. */
  #answers: Uint8Array[] = []
  #answered = 0
  #lastFrame: number
  #cancelIdle = () => {}
  #closed: Error | null = null

  constructor(bytes: ByteStream, party: ExchangeParty, clock: Clock) {
    this.#bytes = bytes
    this.#party = party
    this.#clock = clock
    this.#lastFrame = clock.now()
  }

  get closed(): boolean {
    return this.#closed !== null
  }

  /**
   * Reads until the other side ends the stream.
   * @throws WireError if it does not follow the protocol, EngineError if it breaks off
   */
  async run(): Promise<void> {
    try {
      this.#watchIdle()
      while (!(await this.#bytes.ended())) {
        await this.#frame()
        this.#lastFrame = this.#clock.now()
        if (this.#bytes.available < FRAME_HEADER || this.#answered >= answersAtOnce) await this.#sendAnswers()
      }
      this.#end(new EngineError('unavailable', 'The other side closed the stream.'))
      this.#bytes.end() // and not abort: what was written may still be on its way
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)))
      throw error
    } finally {
      this.#cancelIdle()
    }
  }

  /** Asks for blocks; those that the peer has not are left out of what it gives. `indexes` ascend. */
  async request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]> {
    if (this.#closed !== null) throw this.#closed
    const id = this.#nextId
    this.#nextId += 1n
    const frame = encodeBlocksRequest({ id, root, ranges: rangesOf(indexes) })
    let cancel = () => {}
    const answered = new Promise<ReceivedBlock[]>((resolve, reject) => {
      this.#pending.set(id, { root, count: indexes.length, resolve, reject })
      cancel = this.#clock.setTimer(requestAtMost, () => {
        const late = new EngineError('timeout', `A peer did not answer within ${requestAtMost / 1000} s.`)
        this.close(late)
      })
    })
    answered.catch(() => {})
    try {
      await this.#bytes.write(frame)
      return await answered
    } finally {
      cancel()
      this.#pending.delete(id)
    }
  }

  async say(message: Control): Promise<void> {
    await this.#bytes.write(encodeControl(message))
  }

  /** Nothing more will be said here; what was said is still sent. */
  finish(): void {
    this.#bytes.end()
  }

  close(reason: Error): void {
    if (this.#closed !== null) return
    this.#end(reason)
    this.#bytes.abort(reason)
  }

  #end(reason: Error): void {
    this.#closed ??= reason
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }

  async #frame(): Promise<void> {
    const { type, length } = readFrameHeader(await this.#bytes.read(FRAME_HEADER))
    if (type === frameTypes.control) {
      bound(length, MAX_CONTROL_BYTES)
      this.#party.control(decodeControl(await this.#bytes.read(length)), this)
    } else if (type === frameTypes.request) {
      bound(length, MAX_REQUEST_BYTES)
      const request = decodeBlocksRequest(await this.#bytes.read(length))
      const asked = this.#clock.now()
      const blocks = await this.#party.answer(request)
      const parts = encodeBlocksResponse(request.id, request.root, blocks)
      this.#answers.push(...parts)
      this.#answered += parts.reduce((sum, { length }) => sum + length, 0)
      // Whoever is kept waiting by a limit on our side gets what there is.
      if (this.#clock.now() - asked > patience) await this.#sendAnswers()
    } else if (type === frameTypes.response) await this.#response(length)
    else throw new WireError('FRAME', `a frame of type ${type}`)
  }

  async #sendAnswers(): Promise<void> {
    if (this.#answers.length === 0) return
    const answers = this.#answers
    this.#answers = []
    this.#answered = 0
    await this.#bytes.write(...answers)
  }

  #watchIdle(): void {
    const left = this.#lastFrame + idleAtMost - this.#clock.now()
    if (left <= 0) this.close(new Error('Nothing was said.'))
    else this.#cancelIdle = this.#clock.setTimer(left, () => this.#watchIdle())
  }

  async #response(length: number): Promise<void> {
    const [a = 0, b = 0, c = 0, d = 0] = await this.#bytes.read(4)
    const metaLength = a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24
    bound(metaLength, MAX_RESPONSE_META)
    if (length < 4 + metaLength) throw new WireError('FRAME', 'a response is shorter than its meta')
    const { id, root, blocks } = decodeResponseMeta(await this.#bytes.read(metaLength))
    const pending = this.#pending.get(id)
    if (pending === undefined) throw new WireError('FRAME', 'an answer to nothing that was asked')
    if (!equalBytes(root, pending.root)) throw new WireError('FRAME', 'an answer about another tree')
    if (blocks.length > pending.count) throw new WireError('FRAME', 'more blocks than were asked for')
    const total = blocks.reduce((sum, block) => sum + block.length, 0)
    if (total !== length - 4 - metaLength) throw new WireError('FRAME', 'other bytes than the meta says')
    for (const block of blocks) bound(block.length, MAX_BLOCK_SIZE)
    const data = await this.#bytes.read(total)
    let at = 0
    const received = blocks.map((block): ReceivedBlock => {
      at += block.length
      return { ...block, data: data.subarray(at - block.length, at) }
    })
    this.#pending.delete(id)
    pending.resolve(received)
  }
}

function bound(length: number, most: number): void {
  if (length > most) throw new WireError('TOO_LARGE', `${length} bytes where at most ${most} belong`)
}

function rangesOf(indexes: readonly number[]): { readonly start: number; readonly count: number }[] {
  const ranges: { start: number; count: number }[] = []
  for (const index of indexes) {
    const last = ranges.at(-1)
    if (last !== undefined && last.start + last.count === index) last.count += 1
    else ranges.push({ start: index, count: 1 })
  }
  return ranges
}
