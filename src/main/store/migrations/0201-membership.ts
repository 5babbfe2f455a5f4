/** Requests that wait for an owner's word, how a membership ended, and reading without one. */
import type { Migration } from './migration.ts'

export const membership: Migration = {
  number: 201,
  name: 'membership',
  up: `
  -- reads without being a member; only where membership is 'none'
  ALTER TABLE communities ADD COLUMN spectating INTEGER NOT NULL DEFAULT 0;
  -- why membership is 'none': the owner declined, or put this person out
  ALTER TABLE communities ADD COLUMN ended TEXT NOT NULL DEFAULT '' CHECK (ended IN ('', 'refused', 'removed'));
  -- ms; clock of the newest refusal, so that it counts once
  ALTER TABLE communities ADD COLUMN refused_clock INTEGER NOT NULL DEFAULT 0;
  -- what the person called themselves when asking
  ALTER TABLE community_requests ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
  CREATE INDEX community_requests_by_age ON community_requests (community_id, kind, handled_at);

  -- owner only: who asks to join, and who was declined or took it back. One row for each person.
  CREATE TABLE community_join_requests (
    key INTEGER PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    contact_id TEXT NOT NULL,
    -- id of the application message: an answer to it is one entry of the outbox
    request_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    -- seconds, as the person's device counts them
    clock INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'refused', 'withdrawn')),
    -- ms; when it came into this state
    since INTEGER NOT NULL,
    -- ms; clock of the newest cancellation, so that it counts once
    cancel_clock INTEGER NOT NULL DEFAULT 0,
    UNIQUE (community_id, contact_id)
  ) STRICT;
  CREATE INDEX community_join_requests_in_order ON community_join_requests (community_id, state, since, contact_id);
`,
}
