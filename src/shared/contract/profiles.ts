/**
 * Who may be logged in, and who is. The recovery phrase leaves the node twice: when the profile is made, and when its
 * password is given for it.
 */
import { z } from 'zod'
import { done, name, nothing, password, profile } from './nouns.ts'

const id = z.string().max(64)
/** Twelve to twenty-four words. */
const phrase = z.string().min(1).max(500)

export const profileRequests = {
  'app.info': {
    input: nothing,
    output: z.object({ version: z.string(), mode: z.enum(['desktop', 'headless']), profile: profile.nullable() }),
  },
  'profiles.list': { input: nothing, output: z.array(profile).readonly() },
  'profiles.create': { input: z.object({ name, password }), output: z.object({ profile, phrase }) },
  /** `replace` sets the password of a profile that is already here. */
  'profiles.restore': {
    input: z.object({ name, password, phrase, replace: z.boolean().optional() }),
    output: profile,
  },
  'profiles.rename': { input: z.object({ id, name }), output: profile },
  'profiles.changePassword': { input: z.object({ id, password, next: password }), output: done },
  'profiles.phrase': { input: z.object({ id, password }), output: z.object({ phrase }) },
  /** Deletes everything that this machine has of a person who is logged out; `name` is typed to confirm it. */
  'profiles.remove': { input: z.object({ id, name: z.string().max(100) }), output: done },
  /** Refused with `corrupt` if the database is damaged and no backup of it is whole. */
  'profiles.login': { input: z.object({ id, password }), output: profile },
  /** Logs in after that: the damaged database is set aside, an empty one begun. Does no more where nothing is damaged. */
  'profiles.beginAnew': { input: z.object({ id, password }), output: profile },
  'profiles.logout': { input: nothing, output: done },
} as const

export const profileEvents = {
  'session.changed': z.object({ profile: profile.nullable() }),
} as const
