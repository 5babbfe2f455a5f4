import { expect, it } from 'vitest'
import { withoutKeys } from '../../../src/main/api/handlers/diagnostics.ts'

it('diagnostics cut whatever could be a key, with and without its mark, and leave the rest', () => {
  const key = 'c0ffee'.repeat(11).slice(0, 64)
  const text = `by ${key}, 0x02${key} and 0x${key.toUpperCase()}: 1764082800, c09a9d22`
  const cut = withoutKeys(text)
  expect(cut.toLowerCase()).not.toContain(key.slice(8, 24))
  expect(cut).toContain('1764082800, c09a9d22')
  expect(cut.startsWith(`by ${key.slice(0, 8)}…${key.slice(-4)}, `)).toBe(true)
})
