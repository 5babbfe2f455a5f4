/** Every migration. The runner sorts them by number and applies those that a database has not seen. */
import { base } from './0001-base.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [base]
