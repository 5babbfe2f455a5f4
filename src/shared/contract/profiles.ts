/** Who may be logged in, and who is. */
import { z } from 'zod'
import { done, name, nothing, password, profile } from './nouns.ts'

export const profileRequests = {
  'app.info': {
    input: nothing,
    output: z.object({ version: z.string(), mode: z.enum(['desktop', 'headless']), profile: profile.nullable() }),
  },
  'profiles.list': { input: nothing, output: z.array(profile).readonly() },
  'profiles.create': { input: z.object({ name, password }), output: profile },
  'profiles.login': { input: z.object({ id: z.string().max(64), password }), output: profile },
  'profiles.logout': { input: nothing, output: done },
} as const

export const profileEvents = {
  'session.changed': z.object({ profile: profile.nullable() }),
} as const
