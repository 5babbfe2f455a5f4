/** What an owner decides and watches: archiving, how it is shared, who has what, pasts from elsewhere. */
export { OwnerNotes } from './owner-notes.tsx'
export { OwnerPage } from './owner-page.tsx'
