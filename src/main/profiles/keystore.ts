/**
 * The keystore file: who a profile is in the open, and its keys behind the password (RULES.md R7.1: scrypt, then
 * AES-256-GCM). Deriving the key takes a noticeable moment on purpose.
 */
import { scrypt } from 'node:crypto'
import { z } from 'zod'
import type { ContactId, Millis, Profile } from '../../shared/domain.ts'
import { ProfileError } from './errors.ts'
import { type ProfileKeys, profileKeyOf } from './keys.ts'
import { openBytes, type Random, sealBytes } from './seal.ts'

export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}
/** 128 MiB and a few tenths of a second for each guess. */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

const PASSWORD_LIMIT = 1024

const hex = (pattern: RegExp) => z.string().regex(pattern)
const schema = z.object({
  version: z.literal(1),
  id: hex(/^[0-9a-f]{16}$/),
  name: z.string().min(1).max(100),
  contactId: z.custom<ContactId>((value) => typeof value === 'string' && /^0x04[0-9a-f]{128}$/.test(value)),
  createdAt: z.custom<Millis>((value) => Number.isSafeInteger(value) && Number(value) >= 0),
  kdf: z.object({
    name: z.literal('scrypt'),
    // Bounds: a file that asks for gigabytes is refused, not obeyed.
    N: z
      .int()
      .min(2)
      .max(2 ** 20),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(8),
    salt: hex(/^[0-9a-f]{64}$/),
  }),
  /** `sealBytes` of the secret: chat key (32) ‖ wallet key (32) ‖ entropy (16 to 32). */
  sealed: hex(/^([0-9a-f]{2})+$/),
})
export type Keystore = z.output<typeof schema>

/** @throws ProfileError `damaged-keystore`, `unsupported-keystore` */
export function parseKeystore(text: string, where: string): Keystore {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ProfileError(
      'damaged-keystore',
      `The key file ${where} is damaged. Restore the profile from its phrase.`,
      cause,
    )
  }
  const version = z.object({ version: z.int() }).safeParse(value)
  if (version.success && version.data.version !== 1) {
    throw new ProfileError('unsupported-keystore', `The key file ${where} was made by a newer version of Chronicle.`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new ProfileError(
    'damaged-keystore',
    `The key file ${where} is damaged. Restore the profile from its phrase.`,
    parsed.error,
  )
}

export const printKeystore = (keystore: Keystore): string => `${JSON.stringify(keystore, null, 2)}\n`

export const profileOf = ({ id, name, contactId }: Keystore): Profile => ({ id, name, contactId })

export async function lockKeys(
  identity: Pick<Keystore, 'id' | 'name' | 'contactId' | 'createdAt'>,
  keys: ProfileKeys,
  password: string,
  options: { readonly random: Random; readonly cost: ScryptCost },
): Promise<Keystore> {
  const salt = options.random(32)
  const key = await stretch(password, salt, options.cost)
  const secret = Buffer.concat([keys.chatKey, keys.walletKey, keys.entropy])
  try {
    const sealed = sealBytes(secret, key, label(identity), options.random)
    const { N, r, p } = options.cost
    const kdf = { name: 'scrypt' as const, N, r, p, salt: Buffer.from(salt).toString('hex') }
    return { version: 1, ...identity, kdf, sealed: Buffer.from(sealed).toString('hex') }
  } finally {
    key.fill(0)
    secret.fill(0)
  }
}

/** @throws ProfileError `wrong-password`, also when the file was tampered with: the two cannot be told apart */
export async function unlockKeys(keystore: Keystore, password: string): Promise<ProfileKeys> {
  const key = await stretch(password, Buffer.from(keystore.kdf.salt, 'hex'), keystore.kdf)
  const secret = openBytes(Buffer.from(keystore.sealed, 'hex'), key, label(keystore))
  key.fill(0)
  if (secret === null || secret.length < 80) {
    throw new ProfileError('wrong-password', `This password does not open the profile “${keystore.name}”.`)
  }
  const chatKey = secret.slice(0, 32)
  const keys = {
    chatKey,
    walletKey: secret.slice(32, 64),
    entropy: secret.slice(64),
    profileKey: profileKeyOf(chatKey),
  }
  secret.fill(0)
  return keys
}

/** The name may change, the person may not. */
const label = (identity: Pick<Keystore, 'id' | 'contactId'>) =>
  `chronicle keystore 1 ${identity.id} ${identity.contactId}`

function stretch(password: string, salt: Uint8Array, { N, r, p }: ScryptCost): Promise<Buffer> {
  if (password === '') throw new ProfileError('empty-password', 'Choose a password: it protects the keys on this disk.')
  const bytes = Buffer.from(password.normalize('NFKC').slice(0, PASSWORD_LIMIT), 'utf8')
  return new Promise<Buffer>((resolve, reject) => {
    scrypt(bytes, salt, 32, { N, r, p, maxmem: 256 * N * r + 2 ** 20 }, (error, key) => {
      bytes.fill(0)
      if (error) reject(error)
      else resolve(key)
    })
  })
}
