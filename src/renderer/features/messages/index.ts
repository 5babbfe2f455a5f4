export { ChannelPage } from './channel-page.tsx'
export { useDrafts } from './drafts.ts'
