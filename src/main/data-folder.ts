/** Where Chronicle keeps everything it has: profiles, databases, archives. The same for desktop, daemon and commands. */
import path from 'node:path'

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  /** The person's home folder. */
  readonly home: string
}

/** CHRONICLE_HOME, else `chronicle` in the place that the platform has for such things. Always absolute. */
export function dataFolder({ env, platform, home }: Surroundings): string {
  const chosen = env.CHRONICLE_HOME
  if (chosen) return path.resolve(chosen)
  if (platform === 'win32')
    return path.join(absolute(env.APPDATA) ?? path.join(home, 'AppData', 'Roaming'), 'chronicle')
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'chronicle')
  return path.join(absolute(env.XDG_DATA_HOME) ?? path.join(home, '.local', 'share'), 'chronicle')
}

/** The XDG specification has relative paths ignored. */
const absolute = (folder: string | undefined): string | undefined =>
  folder && path.isAbsolute(folder) ? folder : undefined
