/**
 * Requests as they may come from a page that has been taken over: the right names with anything in them. Each input
 * decides, byte by byte, which request is asked and what stands in each of its fields.
 */
import { z } from 'zod'
import { checkedInput } from '../../../src/main/api/input.ts'
import { type RequestName, requests } from '../../../src/shared/contract.ts'
import type { Target } from './target.ts'
import { vectors } from './vectors.ts'

const names = Object.keys(requests) as RequestName[]
const { chatId = '' } = vectors.chatIds.channels[0] ?? {}
const long = 'x'.repeat(100_000)

/** Some of them valid here or there, the others never. */
const values: readonly unknown[] = [
  ...[undefined, null, true, false, 0, 1, -1, 5, 50, 200, 2 ** 31, 2 ** 53, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
  ...[
    '',
    'a',
    chatId,
    chatId.slice(0, 68),
    vectors.keys[0]?.contactId,
    `0x${'ab'.repeat(32)}`,
    long,
    '\ud800',
    '\u0000',
  ],
  ...[
    'torrent',
    'codex',
    'open',
    'http://127.0.0.1:8080',
    'magnet:?xt=urn:btih:x',
    '/tmp/a',
    '../../etc/passwd',
    '__proto__',
  ],
  ...[
    [],
    {},
    [null],
    { clock: 1, id: `0x${'ab'.repeat(32)}` },
    new Uint8Array(3),
    5n,
    JSON.parse('{"__proto__":{"a":1}}'),
  ],
  ...[Array.from({ length: 20_000 }, () => 'a'), Array.from({ length: 3 }, () => chatId), nested(500)],
]

export const contractTargets: readonly Target[] = [
  {
    name: 'requests of the contract',
    seeds: () => names.map((_, at) => Uint8Array.of(at, 0, 16, 17, 18, 2, 6, 7, 3, 33, 1)),
    run: (input) => {
      const name = names[(input[0] ?? 0) % names.length] ?? 'app.info'
      checkedInput(name, anything(requests[name].input, { input, place: 1 }, 0))
      return undefined
    },
  },
]

interface Draw {
  readonly input: Uint8Array
  place: number
}

function next(draw: Draw): number {
  draw.place += 1
  return draw.input[draw.place - 1] ?? 0
}

/** Objects get the fields that their schema names, lists a few items, everything else whatever is drawn. */
function anything(schema: z.core.$ZodType, draw: Draw, depth: number): unknown {
  if (schema instanceof z.ZodObject && depth < 6 && next(draw) % 8 !== 7) {
    const fields: [string, unknown][] = []
    for (const [name, field] of Object.entries(schema.shape)) {
      if (next(draw) % 4 !== 3) fields.push([name, anything(field as z.core.$ZodType, draw, depth + 1)])
    }
    if (next(draw) % 16 === 15) fields.push(['__proto__', values[next(draw) % values.length]])
    return Object.fromEntries(fields)
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return anything(schema.unwrap() as z.core.$ZodType, draw, depth)
  if (schema instanceof z.ZodArray && next(draw) % 4 !== 3)
    return Array.from({ length: next(draw) % 5 }, () => anything(schema.element as z.core.$ZodType, draw, depth + 1))
  return values[next(draw) % values.length]
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = { value }
  return value
}
