/**
 * Group keys of encrypted communities, sealed with the profile's key, and how far each was used for sealing; the last
 * description whose private part could be read, beside a newer one that waits for its key. PROTOCOL.md §3.8, §3.10.
 */
import type { Migration } from './migration.ts'

export const groupKeys: Migration = {
  number: 210,
  name: 'group-keys',
  up: `
  CREATE TABLE group_keys (
    community_id TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    -- 32 bytes: keccak of group id, timestamp and key
    key_id BLOB NOT NULL,
    -- 33 bytes: the community; longer: a channel with permissions of its own
    group_id BLOB NOT NULL,
    -- ms
    timestamp INTEGER NOT NULL,
    sealed_key BLOB NOT NULL,
    -- the first number that was not yet given out; what was given out counts as used
    next_seq INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (community_id, key_id)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE communities ADD COLUMN readable_description BLOB;
`,
}
