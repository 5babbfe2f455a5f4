export { HistoryPage } from './history-page.tsx'
export { HistoryStrip, useHistoryNote } from './history-strip.tsx'
