/** Pasts brought in from elsewhere: which files, how far each was read, and what was left out of it. */
import type { Migration } from './migration.ts'

export const imports: Migration = {
  number: 301,
  name: 'imports',
  up: `
  CREATE TABLE imports (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    community_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'incomplete', 'cancelled', 'failed')),
    -- JSON: which channel there is which here, as the person said
    map TEXT NOT NULL CHECK (json_valid(map)),
    -- why it failed; empty otherwise
    error TEXT NOT NULL DEFAULT '',
    -- ms
    started_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX imports_of ON imports (community_id, key);

  CREATE TABLE import_files (
    import INTEGER NOT NULL REFERENCES imports (key) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    path TEXT NOT NULL,
    -- what it was when it was first opened: another file is read from its beginning
    size INTEGER NOT NULL,
    modified_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'reading', 'done', 'failed')),
    -- the channel there
    foreign_id TEXT NOT NULL DEFAULT '',
    foreign_name TEXT NOT NULL DEFAULT '',
    chat_id TEXT,
    -- everything before this byte, which is on this line, is in the history
    position INTEGER NOT NULL DEFAULT 0,
    line INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    known INTEGER NOT NULL DEFAULT 0,
    -- JSON: how often, by reason
    left_out TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(left_out)),
    -- JSON: line, byte and reason; null while there is none
    error TEXT CHECK (json_valid(error)),
    PRIMARY KEY (import, n)
  ) STRICT, WITHOUT ROWID;

  -- the first of each reason
  CREATE TABLE import_examples (
    import INTEGER NOT NULL REFERENCES imports (key) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    reason TEXT NOT NULL,
    line INTEGER NOT NULL,
    byte INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (import, reason, n, byte)
  ) STRICT, WITHOUT ROWID;
`,
}
