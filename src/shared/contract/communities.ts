/** Communities: founding, joining, and what their owners decide. */
import { z } from 'zod'
import { community, communityId, done, name, nothing } from './nouns.ts'

export const communityRequests = {
  'communities.list': { input: nothing, output: z.array(community).readonly() },
  'communities.create': {
    input: z.object({
      name,
      description: z.string().max(500),
      color: z.string().regex(/^#[0-9a-fA-F]{6}$/),
      channels: z.array(name).min(1).max(50),
      historyArchives: z.boolean(),
      /** Only members can read it; it cannot be changed later. */
      encrypted: z.boolean().default(false),
    }),
    output: community,
  },
  'communities.join': { input: z.object({ id: communityId }), output: community },
  'communities.leave': { input: z.object({ id: communityId }), output: done },
  'communities.addChannel': { input: z.object({ id: communityId, name }), output: community },
  'communities.setHistoryArchives': { input: z.object({ id: communityId, on: z.boolean() }), output: done },
} as const

export const communityEvents = {
  'communities.changed': z.object({ id: communityId }),
} as const
