/** The engine's libp2p key, secp256k1 as Logos Storage has it. Kept, so that addresses once announced stay true. */
import { open, readFile, rename } from 'node:fs/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { EngineError } from '../../engine.ts'

/** The key in `file`, made on first use. @throws EngineError `corrupt` if the file holds something else. */
export async function loadIdentity(file: string): Promise<PrivateKey> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (bytes === null) return await createIdentity(file)
  try {
    return privateKeyFromProtobuf(bytes)
  } catch (cause) {
    throw new EngineError('corrupt', `${file} is damaged. Delete it, and this node gets a new address.`, { cause })
  }
}

async function createIdentity(file: string): Promise<PrivateKey> {
  const key = await generateKeyPair('secp256k1')
  const handle = await open(`${file}.new`, 'w', 0o600)
  try {
    await handle.writeFile(privateKeyToProtobuf(key))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
  return key
}
