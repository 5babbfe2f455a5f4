/** The people of a corpus: each name gets a key pair of its own, so that each message is signed by its author. */
import type { ContactId } from '../../shared/domain.ts'
import type { Random } from '../messages/index.ts'
import { contactIdOf, isPrivateKey, publicKey } from '../wire/index.ts'

export interface Person {
  readonly name: string
  readonly contactId: ContactId
  /** 32 bytes. */
  readonly privateKey: Uint8Array
}

/** One person for each distinct name, in the order of first appearance. */
export function createPeople(names: Iterable<string>, random: Random): Map<string, Person> {
  const people = new Map<string, Person>()
  for (const name of names) {
    if (people.has(name)) continue
    const privateKey = newKey(random)
    people.set(name, { name, privateKey, contactId: contactIdOf(publicKey(privateKey)) })
  }
  return people
}

function newKey(random: Random): Uint8Array {
  for (;;) {
    const key = random(32)
    if (isPrivateKey(key)) return key
  }
}
