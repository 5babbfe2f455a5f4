/** What the contract can carry outwards: a secret only where a person asked for it with the password, or just made it. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { events, requests } from '../../../src/shared/contract.ts'

/** The names of everything that an answer may have in it, at whatever depth. */
function fieldsOf(schema: z.ZodType, io: 'input' | 'output'): Set<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'properties' && typeof inner === 'object' && inner !== null)
        for (const field of Object.keys(inner)) found.add(field)
      visit(inner)
    }
  }
  visit(z.toJSONSchema(schema, { unrepresentable: 'any', io }))
  return found
}

const secret = /pass(word|phrase)?$|phrase|secret|private|mnemonic|seed$|entropy|token|^key$|Key$/i
const secretsIn = (schema: z.ZodType, io: 'input' | 'output') =>
  [...fieldsOf(schema, io)].filter((name) => secret.test(name))

describe('the contract', () => {
  it('carries a secret outwards in three answers only', () => {
    const carried = Object.entries(requests).flatMap(([name, { output }]) =>
      secretsIn(output, 'output').map((field) => `${name}: ${field}`),
    )
    expect(carried).toEqual(['profiles.create: phrase', 'profiles.phrase: phrase', 'communities.exportKey: key'])
  })

  it('demands the password for the two that can be asked for again', () => {
    for (const name of ['profiles.phrase', 'communities.exportKey'] as const)
      expect(fieldsOf(requests[name].input, 'input')).toContain('password')
  })

  it('carries no secret in an event', () => {
    expect(Object.entries(events).flatMap(([name, schema]) => secretsIn(schema, 'output').map(() => name))).toEqual([])
  })

  it('would be caught carrying one, however deep', () => {
    expect(
      secretsIn(z.object({ a: z.array(z.object({ b: z.object({ privateKey: z.string() }) })) }), 'output'),
    ).toEqual(['privateKey'])
  })
})
