/** Who is in front of this machine: keys, keystores, login and logout. */
export { ProfileError, type ProfileErrorCode } from './errors.ts'
export { type Identity, openIdentity } from './identity.ts'
export { CHAT_KEY_PATH, entropyOf, keysFromEntropy, type ProfileKeys, phraseOf, WALLET_PATH } from './keys.ts'
export { SCRYPT_COST, type ScryptCost } from './keystore.ts'
export { type FolderLock, lockFolder } from './lock.ts'
export { openProfiles, type Profiles, type ProfilesOptions, type Session } from './profiles.ts'
export type { Random } from './seal.ts'
