/** How long raw records are kept: what of them was freed, and which publications the network has been told of. */
import type { Migration } from './migration.ts'

export const retention: Migration = {
  number: 102,
  name: 'retention',
  up: `
  -- 1: what it carried is gone; its hash and message id stay, so that it is known when it is seen again
  ALTER TABLE raw_records ADD COLUMN freed INTEGER NOT NULL DEFAULT 0;
  -- ms; when all of its records were freed
  ALTER TABLE archive_partitions ADD COLUMN freed_at INTEGER;

  -- ms; of the publication that brought this entry
  ALTER TABLE archive_entries ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;
  UPDATE archive_entries SET clock = coalesce(
    (SELECT max(l.clock) FROM archive_links l
     WHERE l.community_id = archive_entries.community_id AND l.engine = archive_entries.engine), 0);

  -- every time a publication was said, until one of a later clock was sent
  CREATE TABLE archive_announced (
    community_id TEXT NOT NULL,
    -- ms; of the publication: it names every entry up to this clock
    clock INTEGER NOT NULL,
    -- empty for one that was found announced
    outbox_id TEXT NOT NULL,
    PRIMARY KEY (community_id, clock, outbox_id)
  ) STRICT, WITHOUT ROWID;
`,
}
