/**
 * Where messages of banned people are: few, and a search leaves them out. Without this it would have to look at each of
 * twenty thousand hits, all over the table of messages, to learn that it is none of them.
 */
import type { Migration } from './migration.ts'

/** What message-rows.ts calls `banned`; written down here because a migration never changes. */
const BANNED = 2

export const banned: Migration = {
  number: 320,
  name: 'banned',
  up: `CREATE INDEX messages_banned ON messages (key) WHERE standing = ${BANNED};`,
}
