/** The name of this installation: how others tell one device of a person from another. */
import { readSetting, type Setting, type Store, writeSetting } from '../store/index.ts'

const installation: Setting<string> = {
  key: 'installation-id',
  fallback: '',
  is: (value): value is string => typeof value === 'string',
}

/** Names this installation in every public message; random, and the same for as long as the database lives. */
export async function knownInstallation(store: Store, random: (length: number) => Uint8Array): Promise<string> {
  const known = await readSetting(store.settings, installation)
  if (known !== '') return known
  const made = Buffer.from(random(8)).toString('hex')
  await writeSetting(store.settings, installation, made)
  return made
}
