/** Pasts from elsewhere, brought into communities of one’s own. */
export { ImportError, type ImportErrorCode } from './errors.ts'
export { Imports, type StartImport } from './imports.ts'
export type { CommunityPort, ImportsParts } from './ports.ts'
