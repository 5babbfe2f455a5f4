/** What a person chose about the desktop. Kept beside the window's own things, not in a profile: it is the machine's. */
import { z } from 'zod'
import type { DesktopSettings } from '../../shared/contract.ts'

export const preferences = z.object({
  closeToTray: z.enum(['owners', 'always', 'never']),
  notifications: z.boolean(),
  updates: z.boolean(),
})
export type Preferences = z.output<typeof preferences>

/** Updates are asked for elsewhere, so nobody is asked until a person says so. */
export const defaults: Preferences = { closeToTray: 'owners', notifications: true, updates: false }

/** Whether closing the window leaves the program running. */
export const staysInTray = (closeToTray: DesktopSettings['closeToTray'], isOwner: boolean): boolean =>
  closeToTray === 'always' || (closeToTray === 'owners' && isOwner)
