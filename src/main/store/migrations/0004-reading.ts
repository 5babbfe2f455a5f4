/**
 * Reading and searching a long history. A message's key becomes its place in time (places.ts), so that an index which
 * knows nothing but keys gives the newest hits first and a range of time is a range of keys. Messages of before keep
 * their small keys until `messages.convert` has moved them, slice by slice; until then the search passes them over.
 */
import type { Migration } from './migration.ts'

/** What places.ts calls by the same name; written down here because a migration never changes. */
const FIRST_PLACE = 2 ** 33

export const reading: Migration = {
  number: 4,
  name: 'reading',
  up: `
    DROP TRIGGER message_text_added;
    DROP TRIGGER message_text_changed;
    DROP TRIGGER message_text_removed;
    DROP TABLE message_text;

    ALTER TABLE messages ADD COLUMN images INTEGER NOT NULL DEFAULT 0; -- how many the message brought with it
    ALTER TABLE messages ADD COLUMN holds INTEGER NOT NULL DEFAULT 0; -- bits, see message-marks.ts
    ALTER TABLE messages ADD COLUMN thread ANY; -- the id of the message whose thread this one belongs to
    ALTER TABLE messages ADD COLUMN unread INTEGER NOT NULL DEFAULT 0; -- 1 unread, 2 unread and it names the reader
    CREATE INDEX messages_unread ON messages (community, chat, clock, id, unread) WHERE unread > 0;

    -- The text as it reads now; what a message is, as words of their own; the name that an imported one came with.
    CREATE VIRTUAL TABLE message_words USING fts5 (
      text, marks, name, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TRIGGER message_words_removed AFTER DELETE ON messages WHEN old.key >= ${FIRST_PLACE} BEGIN
      DELETE FROM message_words WHERE rowid = old.key;
    END;

    -- Counted as messages come and go: a page says how long its channel is without counting it.
    CREATE TABLE message_counts (
      chat INTEGER PRIMARY KEY REFERENCES chat_keys (key),
      messages INTEGER NOT NULL
    ) STRICT;
    INSERT INTO message_counts (chat, messages) SELECT chat, count(*) FROM messages GROUP BY chat;
    CREATE TRIGGER message_counts_more AFTER INSERT ON messages BEGIN
      INSERT INTO message_counts (chat, messages) VALUES (new.chat, 1)
        ON CONFLICT (chat) DO UPDATE SET messages = messages + 1;
    END;
    CREATE TRIGGER message_counts_fewer AFTER DELETE ON messages BEGIN
      UPDATE message_counts SET messages = messages - 1 WHERE chat = old.chat;
    END;

    -- One row: how many messages still have the key of before.
    CREATE TABLE message_conversion (unconverted INTEGER NOT NULL) STRICT;
    INSERT INTO message_conversion (unconverted) SELECT count(*) FROM messages;
    CREATE TRIGGER message_conversion_fewer AFTER DELETE ON messages WHEN old.key < ${FIRST_PLACE} BEGIN
      UPDATE message_conversion SET unconverted = unconverted - 1;
    END;
  `,
}
