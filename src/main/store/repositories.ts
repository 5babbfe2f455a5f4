/**
 * Every repository, by the name under which the store offers it. To add one: a file, a migration, a line here.
 * Repositories may hold references to each other, so that a transaction over several aggregates is one method of one.
 */
import { ActivityRepository } from './activity-repository.ts'
import { AdoptionsRepository } from './adoptions-repository.ts'
import { ArchivesRepository } from './archives-repository.ts'
import { CommunitiesRepository } from './communities-repository.ts'
import { ConversionRepository } from './conversion-repository.ts'
import { CountersRepository } from './counters-repository.ts'
import type { Db } from './database.ts'
import { DownloadsRepository } from './downloads-repository.ts'
import { GroupKeysRepository } from './group-keys-repository.ts'
import { ImportsRepository } from './imports-repository.ts'
import { openKeys } from './keys.ts'
import { MessageIds } from './message-ids.ts'
import { MessageIndex } from './message-index.ts'
import { MessageRows } from './message-rows.ts'
import { MessageWriter } from './message-writer.ts'
import { MessagesRepository } from './messages-repository.ts'
import { OutboxRepository } from './outbox-repository.ts'
import { RecordsRepository } from './records-repository.ts'
import { ReplacementRepository } from './replacement-repository.ts'
import { RetentionRepository } from './retention-repository.ts'
import { SearchBacklogRepository } from './search-backlog-repository.ts'
import { SegmentsRepository } from './segments-repository.ts'
import { SettingsRepository } from './settings-repository.ts'
import { SyncRepository } from './sync-repository.ts'
import { UnreadRepository } from './unread-repository.ts'

export function openRepositories(db: Db) {
  const keys = openKeys(db)
  const outbox = new OutboxRepository(db)
  const sync = new SyncRepository(db)
  const groupKeys = new GroupKeysRepository(db)
  const communities = new CommunitiesRepository(db, { groupKeys })
  const unread = new UnreadRepository(db, keys)
  const index = new MessageIndex(db)
  const ids = new MessageIds(db)
  const writer = new MessageWriter(db, { keys, ids, index, unread })
  const records = new RecordsRepository(db, { keys, messages: writer, outbox, sync })
  const retention = new RetentionRepository(db, keys)
  return {
    records,
    messages: new MessagesRepository(db, { keys, ids, rows: new MessageRows(db), unread }),
    unread,
    conversion: new ConversionRepository(db, { index, writer }),
    searchBacklog: new SearchBacklogRepository(db, index),
    segments: new SegmentsRepository(db),
    outbox,
    sync,
    counters: new CountersRepository(db),
    activity: new ActivityRepository(db),
    communities,
    groupKeys,
    archives: new ArchivesRepository(db, { keys, outbox, communities, retention }),
    retention,
    adoptions: new AdoptionsRepository(db, { communities }),
    downloads: new DownloadsRepository(db, { records }),
    replacement: new ReplacementRepository(db, { keys, ids, writer }),
    imports: new ImportsRepository(db, { records }),
    settings: new SettingsRepository(db),
  }
}

export type Repositories = ReturnType<typeof openRepositories>
