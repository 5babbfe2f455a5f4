/** Who is in a community, who asks to be, and what its owner decides about them. */
export { MemberList } from './member-list.tsx'
export { PeoplePage } from './people-page.tsx'
export { useRequestsNote } from './requests-note.ts'
