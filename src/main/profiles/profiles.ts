/**
 * The people of this machine: one folder each in `{root}/profiles/{id}/`, with a keystore, a lock while it is open, and
 * whatever the node keeps for it. The id follows from the chat key, so a phrase restored twice is one profile.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Profile } from '../../shared/domain.ts'
import { Attempts } from '../attempts.ts'
import type { Clock } from '../clock.ts'
import { contactIdOf, publicKey } from '../wire/index.ts'
import { ProfileError, TooManyAttempts } from './errors.ts'
import { errorCode, writeWhole } from './files.ts'
import { type Identity, openIdentity } from './identity.ts'
import { entropyOf, keysFromEntropy, type ProfileKeys, phraseOf, wipeKeys } from './keys.ts'
import {
  type Keystore,
  lockKeys,
  parseKeystore,
  printKeystore,
  profileOf,
  SCRYPT_COST,
  type ScryptCost,
  unlockKeys,
} from './keystore.ts'
import { lockFolder } from './lock.ts'
import type { Random } from './seal.ts'

const KEYSTORE = 'keystore.json'
/** What a folder on its way out is called; no id looks like it. */
const REMOVED = '.removed'

/** Five passwords may be wrong at once; then each wrong one doubles the wait, from 4 s to 5 min. */
const guessing = { free: 4, first: 4_000, longest: 300_000 }

export interface ProfilesOptions {
  /** The program's data folder. */
  readonly root: string
  readonly random: Random
  readonly clock: Pick<Clock, 'now'>
  /** Lower only in tests. */
  readonly cost?: ScryptCost
}

/** A person logged in: the folder is theirs until `close`. */
export interface Session {
  /** Under its newest name. */
  readonly profile: Profile
  readonly folder: string
  readonly identity: Identity
  /** Zeroes the keys and gives the folder back; safe to repeat. */
  close(): Promise<void>
}

export interface Profiles {
  /** Every profile of this machine, by name; a folder whose keystore cannot be read is left out and reported. */
  list(): Promise<{ profiles: Profile[]; damaged: { folder: string; error: ProfileError }[] }>
  /** A new person with a new phrase of twelve words, which is shown once and must be written down. */
  create(input: { name: string; password: string }): Promise<{ profile: Profile; phrase: string }>
  /** A person from a phrase. `replace` sets a new password on a profile that is already here. */
  restore(input: { name: string; password: string; phrase: string; replace?: boolean }): Promise<Profile>
  /** Where everything of a profile lies. */
  folder(id: string): string
  rename(id: string, name: string): Promise<Profile>
  /** The right password, or an error: for requests that demand it of somebody who is logged in. */
  checkPassword(id: string, password: string): Promise<void>
  changePassword(id: string, password: string, next: string): Promise<void>
  /** The recovery phrase, once more. @throws ProfileError `wrong-password`, `too-many-attempts` */
  phrase(id: string, password: string): Promise<string>
  /**
   * Deletes everything that this machine has of a person. `name` is what was typed to confirm it.
   * @throws ProfileError `name-differs`, `in-use`, `not-found`
   */
  remove(id: string, name: string): Promise<void>
  /** @throws ProfileError `not-found`, `wrong-password`, `too-many-attempts`, `in-use`, `damaged-keystore` */
  login(id: string, password: string): Promise<Session>
}

export function openProfiles(options: ProfilesOptions): Profiles {
  const { random, clock, cost = SCRYPT_COST } = options
  const home = join(options.root, 'profiles')
  const folderOf = (id: string) => join(home, id)
  const attempts = new Attempts(guessing)
  /** Whoever is logged in here holds the lock of their folder. */
  const sessions = new Map<string, { profile: Profile }>()

  const load = async (id: string): Promise<Keystore> => {
    const path = join(folderOf(id), KEYSTORE)
    const text = /^[0-9a-f]{16}$/.test(id) ? await readFile(path, 'utf8').catch(absent) : null
    if (text === null) throw new ProfileError('not-found', 'There is no such profile on this machine.')
    const keystore = parseKeystore(text, path)
    if (keystore.id === id) return keystore
    throw new ProfileError('damaged-keystore', `The key file ${path} belongs to another profile.`)
  }

  const save = async (keystore: Keystore): Promise<void> => {
    await mkdir(folderOf(keystore.id), { recursive: true, mode: 0o700 })
    await writeWhole(join(folderOf(keystore.id), KEYSTORE), printKeystore(keystore))
  }

  /** Every password of every front end is tried here. */
  const unlock = async (keystore: Keystore, password: string): Promise<ProfileKeys> => {
    const wait = attempts.wait(keystore.id, clock.now())
    if (wait > 0) throw new TooManyAttempts(wait)
    // Counted before the answer is known: many attempts made at once are as many failures.
    attempts.failed(keystore.id, clock.now())
    const keys = await unlockKeys(keystore, password)
    attempts.succeeded(keystore.id)
    return keys
  }

  /** Changes of the key file, while nobody else can have the folder open. */
  const exclusive = async <T>(id: string, step: () => Promise<T>): Promise<T> => {
    if (sessions.has(id)) return step()
    await load(id)
    const lock = await lockFolder(folderOf(id), random)
    try {
      return await step()
    } finally {
      await lock.release()
    }
  }

  const store = async (entropy: Uint8Array, name: string, password: string, replace: boolean): Promise<Profile> => {
    const checked = checkName(name)
    const keys = await keysFromEntropy(entropy)
    try {
      const key = publicKey(keys.chatKey)
      const id = createHash('sha256').update(key).digest('hex').slice(0, 16)
      const identity = { id, name: checked, contactId: contactIdOf(key), createdAt: clock.now() }
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 })
      const lock = await lockFolder(folderOf(id), random)
      try {
        const present = await readFile(join(folderOf(id), KEYSTORE), 'utf8').catch(absent)
        if (present !== null && !replace) {
          throw new ProfileError('exists', 'This person is already on this machine: log in, or set a new password.')
        }
        await save(await lockKeys(identity, keys, password, { random, cost }))
      } finally {
        await lock.release()
      }
      return { id, name: checked, contactId: identity.contactId }
    } finally {
      wipeKeys(keys)
    }
  }

  return {
    list: async () => {
      const names = await readdir(home).catch((error) => absent(error) ?? [])
      const profiles: Profile[] = []
      const damaged: { folder: string; error: ProfileError }[] = []
      for (const id of names) {
        try {
          profiles.push(profileOf(await load(id)))
        } catch (error) {
          if (!(error instanceof ProfileError)) throw error
          if (error.code !== 'not-found') damaged.push({ folder: folderOf(id), error })
        }
      }
      return { profiles: profiles.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)), damaged }
    },

    create: async ({ name, password }) => {
      const entropy = random(16)
      const phrase = phraseOf(entropy)
      return { profile: await store(entropy, name, password, false), phrase }
    },

    restore: async ({ name, password, phrase, replace = false }) => store(entropyOf(phrase), name, password, replace),

    folder: folderOf,

    rename: (id, name) =>
      exclusive(id, async () => {
        const keystore = { ...(await load(id)), name: checkName(name) }
        await save(keystore)
        const session = sessions.get(id)
        if (session !== undefined) session.profile = profileOf(keystore)
        return profileOf(keystore)
      }),

    checkPassword: async (id, password) => wipeKeys(await unlock(await load(id), password)),

    changePassword: (id, password, next) =>
      exclusive(id, async () => {
        const keystore = await load(id)
        const keys = await unlock(keystore, password)
        try {
          await save(await lockKeys(keystore, keys, next, { random, cost }))
        } finally {
          wipeKeys(keys)
        }
      }),

    phrase: async (id, password) => {
      const keys = await unlock(await load(id), password)
      try {
        return phraseOf(keys.entropy)
      } finally {
        wipeKeys(keys)
      }
    },

    remove: async (id, name) => {
      if (sessions.has(id)) throw new ProfileError('logged-in', 'This profile is logged in. Log out first.')
      await exclusive(id, async () => {
        const keystore = await load(id)
        if (name.trim() !== keystore.name)
          throw new ProfileError('name-differs', `To remove this profile, type its name: ${keystore.name}`)
        await sweep(home)
        // It is gone at once or not at all; what a crash leaves of the rest is removed with the next.
        await rename(folderOf(id), join(home, `${id}${REMOVED}`))
      })
      await sweep(home)
    },

    login: async (id, password) => {
      const keystore = await load(id)
      const lock = await lockFolder(folderOf(id), random)
      try {
        const identity = openIdentity(await unlock(keystore, password), random)
        const session = { profile: profileOf(keystore) }
        sessions.set(id, session)
        const close = async () => {
          identity.close()
          if (sessions.get(id) === session) sessions.delete(id)
          await lock.release()
        }
        return {
          get profile() {
            return session.profile
          },
          folder: folderOf(id),
          identity,
          close,
        }
      } catch (error) {
        await lock.release()
        throw error
      }
    },
  }
}

/** Folders of removed profiles. */
async function sweep(home: string): Promise<void> {
  const names = await readdir(home)
  for (const name of names)
    if (name.endsWith(REMOVED)) await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 })
}

function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length >= 1 && trimmed.length <= 100) return trimmed
  throw new ProfileError('bad-name', 'A profile needs a name of 1 to 100 characters.')
}

const absent = (error: unknown): null => {
  if (errorCode(error) === 'ENOENT') return null
  throw error
}
