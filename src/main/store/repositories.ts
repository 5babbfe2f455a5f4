/**
 * Every repository, by the name under which the store offers it. To add one: a file, a migration, a line here.
 * Repositories may hold references to each other, so that a transaction over several aggregates is one method of one.
 */
import type { Db } from './database.ts'
import { SettingsRepository } from './settings-repository.ts'

export function openRepositories(db: Db) {
  return {
    settings: new SettingsRepository(db),
  }
}

export type Repositories = ReturnType<typeof openRepositories>
