/**
 * Messages are found by their ids in two tables instead of one index. Ids are random, and an index of them is written to
 * at a different page for every message of an import: at a million messages that was most of what the disk was given to
 * write. New ids are collected in a small table, and moved on many at a time, in their order (message-ids.ts). Only the
 * end of an id is kept: what it leads to is compared with the whole.
 *
 * A message itself is known again by its channel, clock and id: the clock is part of what the id is the hash of.
 */
import type { Migration } from './migration.ts'

/** What places.ts calls by the same name; written down here because a migration never changes. */
const FIRST_PLACE = 2 ** 33

const COLUMNS = `key, community, id, chat, author, clock, timestamp, text, first_text, content_type, response_to,
    display_name, standing, source, edited_at, deleted, pinned, body, images, holds, thread, unread, foreign_author,
    edited_elsewhere`

export const messageIds: Migration = {
  number: 310,
  name: 'message-ids',
  up: `
  CREATE TABLE messages_anew (
    key INTEGER PRIMARY KEY, -- its place in time, see places.ts
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
    images INTEGER NOT NULL, -- how many the message brought with it
    holds INTEGER NOT NULL, -- bits, see message-marks.ts
    thread ANY, -- the id of the message whose thread this one belongs to
    unread INTEGER NOT NULL, -- 1 unread, 2 unread and it names the reader
    foreign_author INTEGER REFERENCES foreign_authors (key),
    edited_elsewhere INTEGER -- milliseconds
  ) STRICT;
  INSERT INTO messages_anew (${COLUMNS}) SELECT ${COLUMNS} FROM messages;
  DROP TABLE messages;
  ALTER TABLE messages_anew RENAME TO messages;
  CREATE UNIQUE INDEX messages_in_order ON messages (community, chat, clock, id);
  CREATE INDEX messages_pinned ON messages (community, chat, clock, id) WHERE pinned = 1;
  CREATE INDEX messages_unread ON messages (community, chat, clock, id, unread) WHERE unread > 0;

  CREATE TABLE message_ids (tail ANY NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (tail, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE message_ids_new (tail ANY NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (tail, key)) STRICT, WITHOUT ROWID;
  INSERT INTO message_ids (tail, key) SELECT substr(id, -8), key FROM messages ORDER BY 1, 2;

  CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
    INSERT INTO message_ids_new (tail, key) VALUES (substr(new.id, -8), new.key);
    INSERT INTO message_counts (chat, messages) VALUES (new.chat, 1)
      ON CONFLICT (chat) DO UPDATE SET messages = messages + 1;
  END;
  CREATE TRIGGER messages_moved AFTER UPDATE OF key ON messages BEGIN
    DELETE FROM message_ids WHERE tail = substr(old.id, -8) AND key = old.key;
    DELETE FROM message_ids_new WHERE tail = substr(old.id, -8) AND key = old.key;
    INSERT INTO message_ids_new (tail, key) VALUES (substr(new.id, -8), new.key);
  END;
  CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
    DELETE FROM message_ids WHERE tail = substr(old.id, -8) AND key = old.key;
    DELETE FROM message_ids_new WHERE tail = substr(old.id, -8) AND key = old.key;
    UPDATE message_counts SET messages = messages - 1 WHERE chat = old.chat;
  END;
  CREATE TRIGGER message_words_removed AFTER DELETE ON messages WHEN old.key >= ${FIRST_PLACE} BEGIN
    DELETE FROM message_words WHERE rowid = old.key;
  END;
  CREATE TRIGGER message_conversion_fewer AFTER DELETE ON messages WHEN old.key < ${FIRST_PLACE} BEGIN
    UPDATE message_conversion SET unconverted = unconverted - 1;
  END;
  CREATE TRIGGER message_days_more AFTER INSERT ON messages WHEN new.source <> 2 BEGIN
    INSERT INTO message_days (community, day, messages) VALUES (new.community, new.clock / 86400000, 1)
      ON CONFLICT (community, day) DO UPDATE SET messages = messages + 1;
  END;
  CREATE TRIGGER message_days_fewer AFTER DELETE ON messages WHEN old.source <> 2 BEGIN
    UPDATE message_days SET messages = messages - 1 WHERE community = old.community AND day = old.clock / 86400000;
  END;
`,
}
