/** The store: what other rooms may import of it. */
export { type Backup, listBackups } from './backup.ts'
export { StoreError, type StoreErrorCode } from './errors.ts'
export {
  openStore,
  openStoreInThread,
  type Store,
  type StoreControl,
  type StoreOptions,
  type ThreadName,
} from './open.ts'
