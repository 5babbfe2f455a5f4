/**
 * Raw records, messages, and what happens to messages. Ids of 0x and 64 hex digits are stored as 32 bytes, others (of
 * imported messages) as text; an id belongs to one community (RULES.md R4.4).
 */
import type { Migration } from './migration.ts'

export const messages: Migration = {
  number: 2,
  name: 'messages',
  up: `
    -- PROTOCOL.md §1.1 (WakuMessage); one for each message id, the earliest (R2.4). Segments have no message id.
    CREATE TABLE raw_records (
      key INTEGER PRIMARY KEY,
      community INTEGER NOT NULL REFERENCES community_keys (key),
      message_id ANY,
      hash BLOB NOT NULL,
      sig BLOB NOT NULL,
      timestamp INTEGER NOT NULL, -- seconds
      topic BLOB NOT NULL,
      payload BLOB NOT NULL,
      padding BLOB NOT NULL,
      third_party_id TEXT NOT NULL,
      archivable INTEGER NOT NULL,
      partition_id INTEGER -- set when the record is claimed for an archive, and never changed after (R2.3)
    ) STRICT;
    CREATE UNIQUE INDEX raw_records_of_messages ON raw_records (community, message_id) WHERE message_id IS NOT NULL;
    CREATE UNIQUE INDEX raw_records_of_segments ON raw_records (community, hash) WHERE message_id IS NULL;
    CREATE INDEX raw_records_in_order ON raw_records (community, partition_id, timestamp, topic, hash);
    CREATE INDEX raw_records_waiting ON raw_records (community, timestamp) WHERE partition_id IS NULL AND archivable = 1;

    CREATE TABLE messages (
      key INTEGER PRIMARY KEY,
      community INTEGER NOT NULL REFERENCES community_keys (key),
      id ANY NOT NULL,
      chat INTEGER NOT NULL REFERENCES chat_keys (key),
      author INTEGER NOT NULL REFERENCES author_keys (key),
      clock INTEGER NOT NULL, -- milliseconds
      timestamp INTEGER NOT NULL, -- milliseconds
      text TEXT NOT NULL, -- as it reads now: edited, or empty where deleted
      first_text TEXT, -- as it was posted, where that differs
      content_type INTEGER NOT NULL,
      response_to ANY,
      display_name TEXT NOT NULL,
      standing INTEGER NOT NULL,
      source INTEGER NOT NULL,
      edited_at INTEGER, -- milliseconds
      deleted INTEGER NOT NULL,
      pinned INTEGER NOT NULL,
      body BLOB NOT NULL,
      UNIQUE (community, id)
    ) STRICT;
    CREATE INDEX messages_in_order ON messages (community, chat, clock, id);
    CREATE INDEX messages_pinned ON messages (community, chat, clock, id) WHERE pinned = 1;

    -- Edits, deletions, pins and reactions, kept whether or not their message is known: a message's state is always a
    -- function of all of them, so the order in which they come makes no difference.
    CREATE TABLE message_effects (
      key INTEGER PRIMARY KEY,
      community INTEGER NOT NULL REFERENCES community_keys (key),
      id ANY NOT NULL,
      kind INTEGER NOT NULL, -- 1 edit, 2 delete, 3 pin, 4 reaction
      target ANY NOT NULL,
      chat INTEGER NOT NULL REFERENCES chat_keys (key),
      author INTEGER NOT NULL REFERENCES author_keys (key),
      clock INTEGER NOT NULL,
      text TEXT NOT NULL, -- an edit's text, a reaction's emoji
      flag INTEGER NOT NULL, -- delete: by a privileged person; pin: pinned; reaction: retracted
      UNIQUE (community, id)
    ) STRICT;
    CREATE INDEX message_effects_of ON message_effects (community, target, kind);

    CREATE TABLE author_names (
      community INTEGER NOT NULL REFERENCES community_keys (key),
      author INTEGER NOT NULL REFERENCES author_keys (key),
      clock INTEGER NOT NULL,
      id ANY NOT NULL,
      name TEXT NOT NULL,
      PRIMARY KEY (community, author)
    ) STRICT, WITHOUT ROWID;

    CREATE VIRTUAL TABLE message_text USING fts5 (
      text, content = 'messages', content_rowid = 'key', tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TRIGGER message_text_added AFTER INSERT ON messages BEGIN
      INSERT INTO message_text (rowid, text) VALUES (new.key, new.text);
    END;
    CREATE TRIGGER message_text_changed AFTER UPDATE OF text ON messages WHEN old.text IS NOT new.text BEGIN
      INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.key, old.text);
      INSERT INTO message_text (rowid, text) VALUES (new.key, new.text);
    END;
    CREATE TRIGGER message_text_removed AFTER DELETE ON messages BEGIN
      INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.key, old.text);
    END;
  `,
}
