/** What is being shared and fetched. */
export { active as activeTransfers } from './state.ts'
export { TransfersPage } from './transfers-page.tsx'
