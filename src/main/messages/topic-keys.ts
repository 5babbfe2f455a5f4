/** Symmetric keys by chat id, derived once, off this thread: one takes some 10 ms. PROTOCOL.md §3.3. */
import { pbkdf2 } from 'node:crypto'
import type { KeyOf } from './ports.ts'

/** Status' number; 65,536 would open nothing. */
const ROUNDS = 65_356

/** Shares one table among everyone who asks; a derivation already under way is joined. */
export function createKeyTable(): KeyOf {
  const keys = new Map<string, Promise<Uint8Array>>()
  return (chatId) => {
    const known = keys.get(chatId)
    if (known !== undefined) return known
    const derived = new Promise<Uint8Array>((resolve, reject) => {
      pbkdf2(chatId, '', ROUNDS, 32, 'sha256', (error, key) => (error ? reject(error) : resolve(new Uint8Array(key))))
    })
    keys.set(chatId, derived)
    return derived
  }
}
