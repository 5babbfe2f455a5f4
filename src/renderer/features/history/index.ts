/** History: what is archived here, and what goes on. */
export { HistoryPage } from './history-page.tsx'
export { HistoryStrip, useHistoryNote } from './history-strip.tsx'
