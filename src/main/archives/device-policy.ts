/**
 * Whose announcements count, where several devices have a community's key. Pure. The device that is followed goes on
 * being followed until it names another, or says nothing for two intervals. RULES.md R3.7.
 *
 * A device names its successor in extension 1004 of an announcement: the successor's device id. It may repeat its last
 * link to say so; nodes that do not know the extension see that link once more.
 */

import type { Millis } from '../../shared/domain.ts'
import { bytesToHex } from '../wire/index.ts'

/** The device id in hex or, of one that sends none, `installation ` and the name of its installation. */
export type DeviceName = string

export interface FollowedDevice {
  readonly device: DeviceName
  /** When it was last heard. */
  readonly heardAt: Millis
}

export interface HeardDevice {
  /** Null: nothing tells who it was (a join response, an announcement without either name). */
  readonly device: DeviceName | null
  readonly successor: DeviceName | null
  readonly at: Millis
}

export type DeviceVerdict =
  | { readonly act: 'follow'; readonly followed: FollowedDevice | null }
  /** Another device is followed, at least until then. */
  | { readonly act: 'hold'; readonly until: Millis }

export function judgeDevice(followed: FollowedDevice | null, heard: HeardDevice, interval: number): DeviceVerdict {
  const { device, successor, at } = heard
  if (device === null) return { act: 'follow', followed }
  if (followed === null || followed.device === device) {
    const heardAt = Math.max(followed?.heardAt ?? 0, at) as Millis
    return { act: 'follow', followed: { device: successor ?? device, heardAt } }
  }
  const until = (followed.heardAt + 2 * interval) as Millis
  if (at < until) return { act: 'hold', until }
  return { act: 'follow', followed: { device: successor ?? device, heardAt: at } }
}

/**
 * As `judgeDevice`, for a link that is known already: it brings no other device to the fore. But where one that goes by
 * the name of an installation, which anybody may write on a copy, is heard from another one, that name is worth nothing.
 */
export function judgeRepeated(followed: FollowedDevice | null, heard: HeardDevice): FollowedDevice | null {
  const { device } = heard
  if (device === null || followed === null || device === followed.device) {
    const verdict = judgeDevice(followed, heard, 0)
    return verdict.act === 'follow' ? verdict.followed : followed
  }
  return isSigned(device) || isSigned(followed.device) ? followed : null
}

/** What an announcement says of its device. */
export function deviceOf(deviceId: Uint8Array | null, installation: string | null): DeviceName | null {
  if (deviceId !== null) return bytesToHex(deviceId)
  return installation === null ? null : `${installationPrefix}${installation}`
}

const installationPrefix = 'installation '

/** A device id is part of what the community signed; the name of an installation is not. */
export const isSigned = (device: DeviceName): boolean => !device.startsWith(installationPrefix)
