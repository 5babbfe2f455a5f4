/** The composition root: one node for the person who is logged in, put together and taken apart. */

export { openProfiles, type Profiles, type Session } from '../profiles/index.ts'
export { startServiceNode, usualTopics } from '../waku/index.ts'
export { type ChronicleNode, openNode, prepareNode, type ReadableNode } from './node.ts'
export type { NodeOptions } from './options.ts'
export { opensAnew, type SettingsChange } from './settings.ts'
