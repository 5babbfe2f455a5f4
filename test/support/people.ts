/** Keys and ids for tests: a community, its owner, and some people, always the same. */
import { createHash } from 'node:crypto'
import type { Identity } from '../../src/main/profiles/index.ts'
import { openIdentity } from '../../src/main/profiles/index.ts'
import { chatId, communityIdOf, contactIdOf, publicKey } from '../../src/main/wire/index.ts'

export interface Person {
  readonly key: Uint8Array
  readonly publicKey: Uint8Array
  readonly id: ReturnType<typeof contactIdOf>
}

export function person(name: string): Person {
  const key = new Uint8Array(createHash('sha256').update(`person ${name}`).digest())
  return { key, publicKey: publicKey(key), id: contactIdOf(publicKey(key)) }
}

/** Bytes that follow from a seed: tests that fail, fail again. */
export function seededRandom(seed: string): (length: number) => Uint8Array {
  let calls = 0
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let at = 0, block = 0; at < length; at += 32, block += 1) {
      const digest = createHash('sha256').update(`${seed} ${calls} ${block}`).digest()
      bytes.set(digest.subarray(0, Math.min(32, length - at)), at)
    }
    calls += 1
    return bytes
  }
}

export function identityOf(name: string): Identity {
  const secret = (part: string) => new Uint8Array(createHash('sha256').update(`${part} ${name}`).digest())
  const keys = {
    chatKey: person(name).key,
    walletKey: secret('wallet'),
    profileKey: secret('profile'),
    entropy: secret('entropy').slice(0, 16),
  }
  return openIdentity(keys, seededRandom(`identity ${name}`))
}

const community = person('the community')
export const communityKey = community.key
export const communityId = communityIdOf(community.publicKey)
export const communityContact = community.id
export const general = chatId(communityId, '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
export const random = chatId(communityId, 'a3c0c1d2-9b8a-4c7d-8e6f-0123456789ab')
