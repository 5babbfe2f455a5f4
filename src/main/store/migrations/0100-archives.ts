/** The owner's side of history archives: the grid of partitions, what was claimed, encoded, published and announced. */
import type { Migration } from './migration.ts'

export const archives: Migration = {
  number: 100,
  name: 'archives',
  up: `
  -- from "start" (s) on, partitions last "interval" (s)
  CREATE TABLE archive_cuts (
    community_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    interval INTEGER NOT NULL CHECK (interval > 0),
    PRIMARY KEY (community_id, start)
  ) STRICT, WITHOUT ROWID;

  -- one row for each time the records of a range were claimed: late ones make a further row of the same range
  CREATE TABLE archive_partitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    community_id TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    to_s INTEGER NOT NULL CHECK (to_s > from_s),
    state TEXT NOT NULL CHECK (state IN ('building', 'staged', 'published')),
    records INTEGER NOT NULL,
    -- too heavy for any archive
    dropped INTEGER NOT NULL DEFAULT 0,
    -- ms
    claimed_at INTEGER NOT NULL,
    published_at INTEGER
  ) STRICT;
  CREATE INDEX archive_partitions_unfinished ON archive_partitions (community_id, id) WHERE state <> 'published';
  CREATE INDEX archive_partitions_ranges ON archive_partitions (community_id, from_s, to_s);

  -- one encoded archive; a heavy partition has several
  CREATE TABLE archive_parts (
    id INTEGER PRIMARY KEY,
    partition_id INTEGER NOT NULL REFERENCES archive_partitions (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    -- the staging file; null once every engine has it
    file TEXT,
    bytes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    -- 4 bytes each
    topics BLOB NOT NULL,
    UNIQUE (partition_id, part)
  ) STRICT;

  -- what an engine's index says; a part has one entry for each engine that published it
  CREATE TABLE archive_entries (
    community_id TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('torrent', 'codex')),
    id TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    to_s INTEGER NOT NULL,
    topics BLOB NOT NULL,
    -- torrent: where in "data"; codex: the dataset
    offset INTEGER,
    size INTEGER,
    padding INTEGER,
    cid TEXT,
    -- null for an entry found in an index of ours that the database did not know
    part_id INTEGER REFERENCES archive_parts (id),
    PRIMARY KEY (community_id, engine, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX archive_entries_parts ON archive_entries (part_id);

  -- publications, newest clock first: the current link of each engine, and the one before it, which is seeded on
  CREATE TABLE archive_links (
    community_id TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('torrent', 'codex')),
    -- ms
    clock INTEGER NOT NULL,
    link TEXT NOT NULL,
    -- length of "data" that the entries refer to
    committed INTEGER NOT NULL,
    PRIMARY KEY (community_id, engine, clock)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE archive_announcements (
    community_id TEXT PRIMARY KEY,
    -- ms; when the newest link was last handed to the outbox
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`,
}
