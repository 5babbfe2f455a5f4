/** Whether this node may publish: a history being taken over, the device that is followed, another one with our key. */
import type { Migration } from './migration.ts'

export const adoptions: Migration = {
  number: 110,
  name: 'adoptions',
  up: `
  -- a community that came with a history made elsewhere. RULES.md R1.3
  CREATE TABLE archive_adoptions (
    community_id TEXT PRIMARY KEY,
    -- looking: what was published before is not all here, and nothing is published; continued: the rows follow its
    -- index; afresh: its owner gave the earlier history up
    phase TEXT NOT NULL CHECK (phase IN ('looking', 'continued', 'afresh')),
    -- ms
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- of the devices that announce with a community's key, the one whose links are followed. RULES.md R3.7
  CREATE TABLE archive_devices (
    community_id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    -- ms
    heard_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- owner only: another device that announces with our key
  CREATE TABLE archive_rivals (
    community_id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    -- ms
    since INTEGER NOT NULL,
    heard_at INTEGER NOT NULL,
    clock INTEGER NOT NULL,
    link TEXT NOT NULL,
    other_link TEXT,
    -- JSON: addresses named in its announcement
    peers TEXT NOT NULL CHECK (json_valid(peers)),
    choice TEXT CHECK (choice IN ('keep-publishing', 'yield'))
  ) STRICT, WITHOUT ROWID;
`,
}
