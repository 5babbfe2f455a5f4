/**
 * What a member chooses about a community's history (whether it is served, whether archives replace what is here), what
 * was replaced, and how many messages there are of each day.
 */
import type { Migration } from './migration.ts'

export const choices: Migration = {
  number: 103,
  name: 'choices',
  up: `
  ALTER TABLE download_communities ADD COLUMN seeding INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE download_communities ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
  -- 1: what is here of its time was compared with it, and replaced
  ALTER TABLE download_archives ADD COLUMN canonical INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE replaced_messages (
    community INTEGER NOT NULL REFERENCES community_keys (key),
    id ANY NOT NULL,
    source INTEGER NOT NULL,
    -- JSON: the message as it came, without its body
    message TEXT NOT NULL CHECK (json_valid(message)),
    body BLOB NOT NULL,
    -- ms
    replaced_at INTEGER NOT NULL,
    PRIMARY KEY (community, id)
  ) STRICT, WITHOUT ROWID;

  -- Of each day since 1970, by their clocks: messages that were received, fetched from a store or said here, and so
  -- did not first come in an archive. Imports do not touch it.
  CREATE TABLE message_days (
    community INTEGER NOT NULL REFERENCES community_keys (key),
    day INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (community, day)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO message_days (community, day, messages)
    SELECT community, clock / 86400000, count(*) FROM messages WHERE source <> 2 GROUP BY 1, 2;
  CREATE TRIGGER message_days_more AFTER INSERT ON messages WHEN new.source <> 2 BEGIN
    INSERT INTO message_days (community, day, messages) VALUES (new.community, new.clock / 86400000, 1)
      ON CONFLICT (community, day) DO UPDATE SET messages = messages + 1;
  END;
  CREATE TRIGGER message_days_fewer AFTER DELETE ON messages WHEN old.source <> 2 BEGIN
    UPDATE message_days SET messages = messages - 1 WHERE community = old.community AND day = old.clock / 86400000;
  END;
`,
}
