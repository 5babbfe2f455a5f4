/** Communities of this profile: what they say of themselves, what this node is in them, and what was asked and answered. */
import type { Migration } from './migration.ts'

export const communities: Migration = {
  number: 200,
  name: 'communities',
  up: `
  CREATE TABLE communities (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    membership TEXT NOT NULL CHECK (membership IN ('none', 'requested', 'joined', 'left')),
    generation TEXT NOT NULL CHECK (generation IN ('M', 'N', 'N2')),
    history_archives INTEGER NOT NULL,
    -- the newest accepted description: an application message, exactly as signed
    description BLOB,
    -- ms
    description_clock INTEGER NOT NULL DEFAULT 0,
    -- ms; of the newest publication of archives known here
    archive_clock INTEGER NOT NULL DEFAULT 0,
    -- ms; the description clock that was last handed to the outbox, and when
    published_clock INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER NOT NULL DEFAULT 0,
    -- owner only: the community's private key, sealed with the profile's key
    sealed_key BLOB,
    -- 16 random bytes that tell this device from another with the same key
    device_id BLOB NOT NULL,
    -- ms; the member's last request to join, and how many went unanswered
    requested_at INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT;

  -- who was in an earlier description and is no longer
  CREATE TABLE community_former_members (
    community_id TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    contact_id TEXT NOT NULL,
    -- ms; clock of the first description without them
    since INTEGER NOT NULL,
    PRIMARY KEY (community_id, contact_id)
  ) STRICT, WITHOUT ROWID;

  -- owner only: the newest request to join or leave that each person made, so that an old one, replayed, does nothing
  CREATE TABLE community_requests (
    community_id TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    contact_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('join', 'leave')),
    -- seconds, as the person's device counts them
    clock INTEGER NOT NULL,
    handled_at INTEGER NOT NULL,
    PRIMARY KEY (community_id, contact_id)
  ) STRICT, WITHOUT ROWID;
`,
}
