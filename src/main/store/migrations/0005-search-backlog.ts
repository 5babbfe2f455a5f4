/**
 * Messages that the search index has still to take up. History is imported faster than an index of words can follow, so
 * what comes out of archives is written first and made searchable after.
 */
import type { Migration } from './migration.ts'

export const searchBacklog: Migration = {
  number: 5,
  name: 'search-backlog',
  up: `
    CREATE TABLE message_words_due (
      place INTEGER PRIMARY KEY, -- the message's key
      again INTEGER NOT NULL -- 1: the index may know an earlier form of it
    ) STRICT;
    -- One row: how many there are.
    CREATE TABLE message_words_left (n INTEGER NOT NULL) STRICT;
    INSERT INTO message_words_left (n) VALUES (0);
  `,
}
