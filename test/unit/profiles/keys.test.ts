import { describe, expect, it } from 'vitest'
import { entropyOf, keysFromEntropy, openIdentity, phraseOf, SCRYPT_COST } from '../../../src/main/profiles/index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const PHRASE = 'test test test test test test test test test test test junk'

describe('keys of a profile', () => {
  it('R7.1 the wallet path gives the account that every Ethereum wallet derives from the same phrase', async () => {
    const keys = await keysFromEntropy(entropyOf(PHRASE))
    expect(hex(keys.walletKey)).toBe('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
  })

  it('R7.1 the chat key lies at the EIP-1581 path and is another key', async () => {
    const keys = await keysFromEntropy(entropyOf(PHRASE))
    expect(hex(keys.chatKey)).not.toBe(hex(keys.walletKey))
    expect(keys.chatKey).toHaveLength(32)
    expect(openIdentity(keys, (n) => new Uint8Array(n)).contactId).toMatch(/^0x04[0-9a-f]{128}$/)
  })

  it('phrases of twelve and of twenty-four words survive the round trip', () => {
    for (const length of [16, 32]) {
      const entropy = Uint8Array.from({ length }, (_, i) => i)
      const phrase = phraseOf(entropy)
      expect(phrase.split(' ')).toHaveLength(length === 16 ? 12 : 24)
      expect(entropyOf(phrase)).toEqual(entropy)
    }
  })

  it('R7.1 a guess at the password costs 128 MiB', () => {
    expect(SCRYPT_COST).toEqual({ N: 131_072, r: 8, p: 1 })
    expect(128 * SCRYPT_COST.N * SCRYPT_COST.r).toBe(2 ** 27)
  })
})
