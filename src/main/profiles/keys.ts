/**
 * From a recovery phrase to the keys of a profile (RULES.md R7.1): BIP-39 words, BIP-32 derivation, Status' paths, so
 * that a phrase made here is the same person in Status and the other way round.
 */
import { hkdfSync } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeed } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english'
import { ProfileError } from './errors.ts'

/** Ethereum account of the profile. */
export const WALLET_PATH = "m/44'/60'/0'/0/0"
/** The identity every message is signed with (EIP-1581). */
export const CHAT_KEY_PATH = "m/43'/60'/1581'/0'/0"

/** Secret bytes of one profile; whoever holds them wipes them. */
export interface ProfileKeys {
  /** 32 bytes, secp256k1: signs messages, opens what is encrypted to this person. */
  readonly chatKey: Uint8Array
  /** 32 bytes, secp256k1. */
  readonly walletKey: Uint8Array
  /** 32 bytes, AES: seals secrets that lie in this profile's database. Follows from the chat key, so that a profile
   *  restored from its phrase opens an older database. */
  readonly profileKey: Uint8Array
  /** 16 to 32 bytes: the phrase itself. */
  readonly entropy: Uint8Array
}

/** Twelve words for 16 bytes of entropy, twenty-four for 32. */
export function phraseOf(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist)
}

/** @throws ProfileError `bad-phrase` when a word is unknown or the checksum does not fit */
export function entropyOf(phrase: string): Uint8Array {
  try {
    return mnemonicToEntropy(phrase.normalize('NFKD').trim().toLowerCase().split(/\s+/).join(' '), wordlist)
  } catch {
    // Without its cause, which quotes the words: they have no place in a log.
    throw new ProfileError('bad-phrase', 'This is not a recovery phrase. Check the words, their spelling and order.')
  }
}

/** Every key of the profile whose phrase has this entropy. Takes ownership of `entropy`. */
export async function keysFromEntropy(entropy: Uint8Array): Promise<ProfileKeys> {
  const seed = await mnemonicToSeed(phraseOf(entropy))
  const root = HDKey.fromMasterSeed(seed)
  seed.fill(0)
  try {
    const chatKey = derive(root, CHAT_KEY_PATH)
    return { chatKey, walletKey: derive(root, WALLET_PATH), profileKey: profileKeyOf(chatKey), entropy }
  } finally {
    root.wipePrivateData()
  }
}

/** HKDF-SHA256 of the chat key, 32 bytes. */
export function profileKeyOf(chatKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', chatKey, '', 'chronicle profile key 1', 32))
}

export function wipeKeys(keys: ProfileKeys): void {
  for (const key of [keys.chatKey, keys.walletKey, keys.profileKey, keys.entropy]) key.fill(0)
}

function derive(root: HDKey, path: string): Uint8Array {
  const child = root.derive(path)
  const key = child.privateKey
  if (key === null) throw new ProfileError('bad-phrase', `No key can be derived at ${path} from this phrase.`)
  const copy = key.slice()
  child.wipePrivateData()
  return copy
}
