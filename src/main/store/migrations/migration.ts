/** One step of the schema. Steps are never changed once released; a correction is a further step. */
import type { Db } from '../database.ts'

export interface Migration {
  /** Applied in rising order. Ranges keep rooms apart: 0001 messages and the store's own, 0100 archives, 0200 communities,
   * 0300 what comes from elsewhere. */
  readonly number: number
  readonly name: string
  /** Statements, or a function for what SQL cannot say; one transaction around either. */
  readonly up: string | ((db: Db) => void)
}
