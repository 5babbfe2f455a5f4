/** What was typed where a private key belongs, and what is wrong with it so far. Pure; it repeats nothing of the key. */

interface TypedKey {
  /** Of the 64. */
  readonly digits: number
  readonly problem: string | null
}

export function keyIn(text: string): TypedKey {
  const digits = text.trim().replace(/^0x/, '')
  if (/[^0-9a-fA-F]/.test(digits)) {
    return { digits: digits.length, problem: 'A key has digits from 0 to 9 and letters from a to f, nothing else.' }
  }
  const tooMany = digits.length - 64
  if (tooMany > 0) {
    const what = tooMany === 1 ? '1 digit' : `${tooMany} digits`
    return { digits: digits.length, problem: `That is ${what} too many: a key has 64, after 0x or without it.` }
  }
  return { digits: digits.length, problem: null }
}
