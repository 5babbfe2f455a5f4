/**
 * One archive being written to disk, piece by piece: as it is, or sealed on its way, so that what an encrypted community
 * said never lies on the disk in the clear. Encrypted once, for every engine the same bytes (RULES.md R1.1 step 2).
 */
import { createCipheriv } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { type RatchetStep, ratchetFrame } from '../wire/index.ts'

/** A place in a group key's chain, and 12 random bytes: for one archive. */
export interface PartSeal {
  readonly step: RatchetStep
  readonly nonce: Uint8Array
}

export interface PartFile {
  write(bytes: Uint8Array): void
  /** Complete and fsynced when this returns. @returns its length, bytes */
  finish(): number
  /** Leaves nothing behind. */
  discard(): void
}

const CHUNK = 1 << 20

export function openPart(file: string, seal: PartSeal | null): PartFile {
  return seal === null ? new PlainPart(file) : new SealedPart(file, seal)
}

class PlainPart implements PartFile {
  readonly #file: string
  readonly #descriptor: number
  #bytes = 0
  #closed = false

  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(file, 'w+', 0o600)
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written)
    this.#bytes += bytes.length
  }

  /** Each piece of what was written, in order; the piece is reused. */
  *read(): Generator<Uint8Array> {
    const chunk = Buffer.alloc(CHUNK)
    for (let at = 0; at < this.#bytes; ) {
      const read = readSync(this.#descriptor, chunk, 0, CHUNK, at)
      if (read === 0) throw new Error('A staging file became shorter while it was read.')
      yield chunk.subarray(0, read)
      at += read
    }
  }

  get bytes(): number {
    return this.#bytes
  }

  finish(): number {
    fsyncSync(this.#descriptor)
    this.#close()
    return this.#bytes
  }

  discard(): void {
    this.#close()
    rmSync(this.#file, { force: true })
  }

  #close(): void {
    if (!this.#closed) closeSync(this.#descriptor)
    this.#closed = true
  }
}

/** The envelope begins with the length of what is in it: the ciphertext is collected first, then put into place. */
class SealedPart implements PartFile {
  readonly #file: string
  readonly #seal: PartSeal
  readonly #cipher
  readonly #collected: PlainPart

  constructor(file: string, seal: PartSeal) {
    this.#file = file
    this.#seal = seal
    this.#cipher = createCipheriv('aes-256-gcm', seal.step.messageKey, seal.nonce)
    this.#collected = new PlainPart(`${file}.sealing`)
  }

  write(bytes: Uint8Array): void {
    this.#collected.write(this.#cipher.update(bytes))
  }

  finish(): number {
    const { messageKey, ...header } = this.#seal.step
    this.#collected.write(this.#cipher.final())
    this.#collected.write(this.#cipher.getAuthTag())
    this.#collected.write(this.#seal.nonce)
    messageKey.fill(0)
    const { head, tail } = ratchetFrame({ ...header, installationId: '' }, this.#collected.bytes)
    const whole = new PlainPart(this.#file)
    try {
      whole.write(head)
      for (const chunk of this.#collected.read()) whole.write(chunk)
      whole.write(tail)
      return whole.finish()
    } catch (error) {
      whole.discard()
      throw error
    } finally {
      this.#collected.discard()
    }
  }

  discard(): void {
    this.#collected.discard()
    rmSync(this.#file, { force: true })
  }
}
