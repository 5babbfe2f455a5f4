/** Every migration. The runner sorts them by number and applies those that a database has not seen. */
import { base } from './0001-base.ts'
import { messages } from './0002-messages.ts'
import { node } from './0003-node.ts'
import { reading } from './0004-reading.ts'
import { searchBacklog } from './0005-search-backlog.ts'
import { archives } from './0100-archives.ts'
import { downloads } from './0101-downloads.ts'
import { retention } from './0102-retention.ts'
import { choices } from './0103-choices.ts'
import { ranges } from './0104-ranges.ts'
import { adoptions } from './0110-adoptions.ts'
import { communities } from './0200-communities.ts'
import { membership } from './0201-membership.ts'
import { groupKeys } from './0210-group-keys.ts'
import { origins } from './0300-origins.ts'
import { imports } from './0301-imports.ts'
import { messageIds } from './0310-message-ids.ts'
import { banned } from './0320-banned.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [
  base,
  messages,
  node,
  reading,
  searchBacklog,
  archives,
  downloads,
  retention,
  choices,
  ranges,
  adoptions,
  communities,
  membership,
  groupKeys,
  origins,
  imports,
  messageIds,
  banned,
]
