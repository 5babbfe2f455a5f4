/** Reading a channel, and writing in it. */
export { ChannelPage } from './channel-page.tsx'
export { useDrafts } from './drafts.ts'
