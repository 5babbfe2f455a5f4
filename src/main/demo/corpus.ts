/**
 * Reads a corpus: one JSON object a line, `{channel, author, timestamp, text}`, plain or gzipped. Every line is checked
 * before any is used, so that a mistake in the last one is told before an hour of work.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import type { Millis } from '../../shared/domain.ts'

export interface CorpusMessage {
  readonly channel: string
  readonly author: string
  /** The author's wall clock, ms. */
  readonly timestamp: Millis
  readonly text: string
  /** ms; strictly increasing within a channel, at least the timestamp: messages of one instant keep their order, and
   *  two equal ones stay two (a message's id is a hash of what it says, clock included). */
  readonly clock: Millis
}

export class CorpusError extends Error {
  readonly code = 'bad-corpus'
  constructor(file: string, line: number, reason: string, cause?: unknown) {
    super(`${file}, line ${line}: ${reason}`, { cause })
    this.name = 'CorpusError'
  }
}

const name = z
  .string()
  .refine((value) => [...value].length >= 1 && [...value].length <= 100, 'must have 1 to 100 characters')

const line = z.object({
  channel: name,
  author: name,
  timestamp: z
    .int()
    .min(1)
    .max(253_402_300_799_000)
    .transform((value) => value as Millis),
  text: z
    .string()
    .refine((value) => value.trim() !== '', 'must not be empty')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
    .refine((value) => [...value].length <= 4096, 'must have at most 4,096 characters'),
})

/** @throws CorpusError naming the first line that cannot be used. */
export async function readCorpus(file: string): Promise<CorpusMessage[]> {
  const raw = createReadStream(file)
  const source = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  raw.on('error', (error) => source.destroy(error))
  const parsed: z.output<typeof line>[] = []
  let number = 0
  try {
    for await (const text of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (text.trim() !== '') parsed.push(parseLine(file, number, text))
    }
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw new CorpusError(file, number, cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (parsed.length === 0) throw new CorpusError(file, number, 'holds no message')
  return withClocks(parsed)
}

function parseLine(file: string, number: number, text: string): z.output<typeof line> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CorpusError(file, number, 'is not JSON', cause)
  }
  const result = line.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new CorpusError(file, number, `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not a message'}`.trim())
}

function withClocks(messages: z.output<typeof line>[]): CorpusMessage[] {
  const last = new Map<string, number>()
  return messages
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map((message) => {
      const clock = Math.max(message.timestamp, (last.get(message.channel) ?? 0) + 1) as Millis
      last.set(message.channel, clock)
      return { ...message, clock }
    })
}
