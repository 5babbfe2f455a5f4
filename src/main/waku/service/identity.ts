/** The service node's libp2p key. Kept in a file, so that addresses which people wrote down go on being true. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Secp256k1PrivateKey } from '@libp2p/interface'
import { WakuError } from '../errors.ts'

/** secp256k1, because node records (EIP-778 "v4") know no other. */
export function newIdentity(): Promise<Secp256k1PrivateKey> {
  return generateKeyPair('secp256k1')
}

/**
 * The key in `file`, made on first use.
 * @throws WakuError `storage` if the file holds something else, or cannot be read or written.
 */
export async function loadIdentity(file: string): Promise<Secp256k1PrivateKey> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    if (!isMissing(error)) throw new WakuError('storage', `The identity ${file} cannot be read.`, { cause: error })
    return createIdentity(file)
  }
  try {
    const key = privateKeyFromProtobuf(bytes)
    if (key.type === 'secp256k1') return key
  } catch (error) {
    throw new WakuError('storage', `The identity ${file} is damaged.`, { cause: error })
  }
  throw new WakuError('storage', `The identity ${file} is not a secp256k1 key.`)
}

async function createIdentity(file: string): Promise<Secp256k1PrivateKey> {
  const key = await newIdentity()
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(privateKeyToProtobuf(key))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    throw new WakuError('storage', `The identity ${file} cannot be written.`, { cause: error })
  }
  return key
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
