/** Messages that were first said elsewhere: who said them there, and when they were last changed there. */
import type { Migration } from './migration.ts'

export const origins: Migration = {
  number: 300,
  name: 'origins',
  up: `
  CREATE TABLE foreign_authors (
    key INTEGER PRIMARY KEY,
    community INTEGER NOT NULL REFERENCES community_keys (key),
    kind TEXT NOT NULL CHECK (kind IN ('discord', 'bridge')),
    -- the account's id there
    id TEXT NOT NULL,
    avatar_url TEXT NOT NULL,
    -- ms; of the message that the picture came with
    clock INTEGER NOT NULL,
    UNIQUE (community, kind, id)
  ) STRICT;

  ALTER TABLE messages ADD COLUMN foreign_author INTEGER REFERENCES foreign_authors (key);
  -- ms
  ALTER TABLE messages ADD COLUMN edited_elsewhere INTEGER;
`,
}
