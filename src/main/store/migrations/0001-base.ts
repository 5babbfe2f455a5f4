/** Settings, and the short numbers that stand for long ids in every other table. */
import type { Migration } from './migration.ts'

export const base: Migration = {
  number: 1,
  name: 'base',
  up: `
    CREATE TABLE settings (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE community_keys (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE chat_keys (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      community INTEGER NOT NULL REFERENCES community_keys (key)
    ) STRICT;

    CREATE TABLE author_keys (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE
    ) STRICT;
  `,
}
