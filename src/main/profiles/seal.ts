/**
 * Authenticated encryption of secrets at rest: AES-256-GCM, `version(1) = 1 ‖ nonce(12) ‖ ciphertext ‖ tag(16)`. The
 * label names what is sealed, so that a secret copied to another place does not open there.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'

const VERSION = 1
const NONCE = 12
const TAG = 16

export type Random = (length: number) => Uint8Array

export function sealBytes(bytes: Uint8Array, key: Uint8Array, label: string, random: Random): Uint8Array {
  const nonce = random(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(label, 'utf8'))
  const body = [cipher.update(bytes), cipher.final()]
  return new Uint8Array(Buffer.concat([Uint8Array.of(VERSION), nonce, ...body, cipher.getAuthTag()]))
}

/** @returns null when the key, the label or any byte is wrong */
export function openBytes(sealed: Uint8Array, key: Uint8Array, label: string): Uint8Array | null {
  if (sealed.length < 1 + NONCE + TAG || sealed[0] !== VERSION) return null
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE))
  decipher.setAAD(Buffer.from(label, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  const start = decipher.update(sealed.subarray(1 + NONCE, sealed.length - TAG))
  try {
    const end = decipher.final()
    const opened = new Uint8Array(start.length + end.length)
    opened.set(start)
    opened.set(end, start.length)
    return opened
  } catch {
    return null
  } finally {
    start.fill(0)
  }
}
