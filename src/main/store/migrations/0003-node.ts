/** What the node remembers between steps: messages to send, segments to join, counters, activity, how far it fetched. */
import type { Migration } from './migration.ts'

export const node: Migration = {
  number: 3,
  name: 'node',
  up: `
    CREATE TABLE outbox (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      pubsub_topic TEXT NOT NULL,
      content_topic TEXT NOT NULL,
      payload BLOB NOT NULL, -- emptied when sent; the row stays, so that adding it again does nothing
      timestamp INTEGER NOT NULL, -- nanoseconds
      ephemeral INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_at INTEGER NOT NULL,
      last_error TEXT NOT NULL DEFAULT '',
      sent_at INTEGER
    ) STRICT;
    CREATE INDEX outbox_due ON outbox (next_at, key) WHERE sent_at IS NULL;

    CREATE TABLE segments (
      key INTEGER PRIMARY KEY,
      community TEXT NOT NULL,
      signer BLOB NOT NULL,
      whole BLOB NOT NULL, -- keccak of the whole message, as the segment claims
      parity INTEGER NOT NULL,
      position INTEGER NOT NULL,
      data_count INTEGER NOT NULL,
      parity_count INTEGER NOT NULL,
      payload BLOB NOT NULL,
      received_at INTEGER NOT NULL,
      UNIQUE (community, signer, whole, parity, position)
    ) STRICT;
    CREATE INDEX segments_by_age ON segments (received_at);
    CREATE TABLE joined_segments (
      community TEXT NOT NULL,
      signer BLOB NOT NULL,
      whole BLOB NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (community, signer, whole)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE counters (
      community TEXT NOT NULL, -- empty: of the profile as a whole
      reason TEXT NOT NULL,
      n INTEGER NOT NULL,
      PRIMARY KEY (community, reason)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE activity (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      community TEXT,
      detail TEXT NOT NULL CHECK (json_valid(detail))
    ) STRICT;
    CREATE INDEX activity_of ON activity (community, seq);

    CREATE TABLE sync_marks (
      community TEXT PRIMARY KEY,
      fetched_up_to INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Time that the network could no longer give (R2.5).
    CREATE TABLE sync_gaps (
      community TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL,
      PRIMARY KEY (community, from_ms, to_ms)
    ) STRICT, WITHOUT ROWID;
  `,
}
