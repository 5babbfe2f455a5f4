/** Archived ranges by their end: a look at what is due costs what is pending, not the whole history. */
import type { Migration } from './migration.ts'

export const ranges: Migration = {
  number: 104,
  name: 'ranges',
  up: `
  CREATE INDEX archive_partitions_ends ON archive_partitions (community_id, to_s, from_s);
  CREATE INDEX archive_entries_ends ON archive_entries (community_id, to_s, from_s);
`,
}
