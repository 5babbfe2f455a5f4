/** The unlocked keys of the person who is logged in. Nothing else in the program holds them; `close` zeroes them. */
import type { ContactId } from '../../shared/domain.ts'
import { contactIdOf, publicKey as publicKeyOf, sign } from '../wire/index.ts'
import { ProfileError } from './errors.ts'
import { type ProfileKeys, phraseOf, wipeKeys } from './keys.ts'
import { openBytes, type Random, sealBytes } from './seal.ts'

export interface Identity {
  readonly contactId: ContactId
  /** 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array
  /** 32 bytes, the live buffer: use it, do not keep it. @throws ProfileError `logged-out` */
  privateKey(): Uint8Array
  /** 32 bytes, the live buffer. @throws ProfileError `logged-out` */
  walletKey(): Uint8Array
  /** r ‖ s ‖ v, 65 bytes, over a 32-byte digest. @throws ProfileError `logged-out` */
  sign(digest: Uint8Array): Uint8Array
  /** Encrypts a secret kept in the database; `label` says what it is and must be given again to open it. */
  seal(secret: Uint8Array, label: string): Uint8Array
  /** @throws ProfileError `sealed-elsewhere` when another profile sealed it, or for another purpose */
  open(sealed: Uint8Array, label: string): Uint8Array
  /** The recovery phrase, for a person who wants to write it down. */
  phrase(): string
  readonly closed: boolean
  /** Zeroes every key; safe to repeat. */
  close(): void
}

/** Takes ownership of `keys`. */
export function openIdentity(keys: ProfileKeys, random: Random): Identity {
  const publicKey = publicKeyOf(keys.chatKey)
  let closed = false
  const open = (): ProfileKeys => {
    if (closed) throw new ProfileError('logged-out', 'This profile was logged out. Log in again.')
    return keys
  }
  return {
    contactId: contactIdOf(publicKey),
    publicKey,
    privateKey: () => open().chatKey,
    walletKey: () => open().walletKey,
    sign: (digest) => sign(digest, open().chatKey),
    seal: (secret, label) => sealBytes(secret, open().profileKey, label, random),
    open: (sealed, label) => {
      const secret = openBytes(sealed, open().profileKey, label)
      if (secret !== null) return secret
      throw new ProfileError('sealed-elsewhere', `This profile cannot open the stored secret “${label}”.`)
    },
    phrase: () => phraseOf(open().entropy),
    get closed() {
      return closed
    },
    close: () => {
      closed = true
      wipeKeys(keys)
    },
  }
}
