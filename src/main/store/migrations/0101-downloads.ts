/** The member's side of history archives: links followed, archives wanted, downloaded, imported or refused. */
import type { Migration } from './migration.ts'

export const downloads: Migration = {
  number: 101,
  name: 'downloads',
  up: `
  CREATE TABLE download_communities (
    community_id TEXT PRIMARY KEY,
    paused INTEGER NOT NULL DEFAULT 0,
    -- JSON: all, latest, or a range
    wanted TEXT NOT NULL DEFAULT '{"kind":"all"}' CHECK (json_valid(wanted)),
    -- ms; the archive clock of the description, and since when it is known
    description_clock INTEGER NOT NULL DEFAULT 0,
    description_since INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE download_links (
    community_id TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('torrent', 'codex')),
    link TEXT NOT NULL,
    -- ms
    clock INTEGER NOT NULL,
    -- JSON: addresses named in the announcement
    hints TEXT NOT NULL CHECK (json_valid(hints)),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'opened', 'done', 'superseded', 'cancelled', 'refused')),
    -- why it is refused; empty otherwise
    reason TEXT NOT NULL DEFAULT '',
    accepted_at INTEGER NOT NULL,
    -- JSON: entries of its index that were not believed, by reason
    refused TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(refused)),
    PRIMARY KEY (community_id, engine, link)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE download_archives (
    community_id TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('torrent', 'codex')),
    id TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    to_s INTEGER NOT NULL,
    topics BLOB NOT NULL,
    offset INTEGER,
    size INTEGER,
    padding INTEGER,
    cid TEXT,
    state TEXT NOT NULL
      CHECK (state IN ('wanted', 'downloading', 'downloaded', 'importing', 'imported', 'waiting-for-key', 'quarantined')),
    -- why it is quarantined, waiting or tried again
    reason TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    -- taken in from it; known ones count, too
    messages INTEGER NOT NULL DEFAULT 0,
    -- JSON: messages refused, by reason
    refused TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(refused)),
    -- ms
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (community_id, engine, id)
  ) STRICT, WITHOUT ROWID;
`,
}
