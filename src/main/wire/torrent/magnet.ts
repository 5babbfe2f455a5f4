/** Magnet links: ours built, strangers' parsed and rebuilt before use. PROTOCOL.md §4.6, RULES.md R3.4. */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import { MAX_PEER_HINTS } from '../announcement.ts'
import { bytesToHex } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { type AddressScope, parsePeerAddress, scopeOfHint } from './address.ts'

const PREFIX = 'magnet:?'
const MAX_LINK = 8192
const MAX_PARAMETERS = 128
const BTIH = /^urn:btih:(?:([0-9a-fA-F]{40})|([A-Za-z2-7]{32}))$/
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export interface MagnetParts {
  /** 40 lower-case hex digits. */
  readonly infoHash: string
  readonly name: string | null
  /** As they stand in the link. */
  readonly trackers: readonly string[]
  /** `x.pe`, as they stand in the link. */
  readonly peers: readonly string[]
}

/** xt, dn, trackers in the order given, form-encoded; then `x.pe` as they are: libtorrent does not decode that one. */
export function magnetLink(input: {
  readonly infoHash: string
  readonly name: string
  readonly trackers?: readonly string[]
  readonly peers?: readonly string[]
}): ArchiveLink {
  const trackers = (input.trackers ?? []).map((tracker) => `&tr=${formEncode(tracker)}`)
  const peers = (input.peers ?? []).map((peer) => `&x.pe=${peer}`)
  const link = `${PREFIX}xt=urn:btih:${input.infoHash}&dn=${formEncode(input.name)}${trackers.join('')}${peers.join('')}`
  return link as ArchiveLink
}

/** What a link says; `xs`, `as`, `ws` and everything unknown are not even looked at. @throws {WireError} BAD_MAGNET */
export function parseMagnet(link: string): MagnetParts {
  if (!link.startsWith(PREFIX)) throw bad('it does not begin with magnet:?')
  if (link.length > MAX_LINK) throw bad('it is too long')
  const parameters = link.slice(PREFIX.length).split('&').map(splitParameter)
  if (parameters.length > MAX_PARAMETERS) throw bad('it has too many parts')
  const values = (name: string) =>
    parameters.filter(([key]) => key === name || isNumbered(key, name)).map(([, value]) => value)
  const hashes = new Set(values('xt').flatMap((topic) => infoHashOf(topic) ?? []))
  const [hash] = hashes
  if (hash === undefined || hashes.size > 1) throw bad('it names not exactly one torrent')
  return { infoHash: hash, name: values('dn')[0] ?? null, trackers: values('tr'), peers: values('x.pe') }
}

/** Who may be asked for a torrent, besides those whom the user configured. */
export interface LinkPolicy {
  /** Trackers named in links. */
  readonly trackers: boolean
  /** Scopes of peer addresses that may be dialled: `public`, and more in LAN or this-machine mode. */
  readonly peerScopes: ReadonlySet<AddressScope>
}

/**
 * R3.4: the link that is used instead of the one received: its info-hash, the community's name, trackers only where
 * settings allow, at most 16 peers at IP addresses of the scopes allowed. @throws {WireError} BAD_MAGNET
 */
export function rebuildMagnet(
  link: string,
  communityId: CommunityId,
  policy: LinkPolicy,
): MagnetParts & { readonly name: CommunityId; readonly link: ArchiveLink } {
  const parts = parseMagnet(link)
  const trackers = policy.trackers ? parts.trackers.filter(isTracker) : []
  const addresses = parts.peers.filter((peer) => parsePeerAddress(peer) !== null)
  const peers = allowedPeers(addresses, policy.peerScopes)
  const rebuilt = { infoHash: parts.infoHash, name: communityId, trackers, peers }
  return { ...rebuilt, link: magnetLink(rebuilt) }
}

/** Of a stranger's peer hints, those that may be dialled: at most 16, each once, by IP address only. RULES.md R3.4. */
export function allowedPeers(hints: readonly string[], scopes: ReadonlySet<AddressScope>): string[] {
  const allowed = hints.filter((hint) => {
    const scope = scopeOfHint(hint)
    return scope !== null && scope !== 'special' && scopes.has(scope)
  })
  return [...new Set(allowed)].slice(0, MAX_PEER_HINTS)
}

function splitParameter(parameter: string): readonly [string, string] {
  const equals = parameter.indexOf('=')
  if (equals < 0) return [parameter, '']
  try {
    return [parameter.slice(0, equals), decodeURIComponent(parameter.slice(equals + 1).replaceAll('+', ' '))]
  } catch (cause) {
    throw new WireError('BAD_MAGNET', 'the magnet link has a part that cannot be decoded', { cause })
  }
}

/** `xt.1`, `tr.2`: BEP 9 allows parts to be numbered. */
function isNumbered(key: string, name: string): boolean {
  return key.startsWith(`${name}.`) && /^[0-9]{1,3}$/.test(key.slice(name.length + 1))
}

function infoHashOf(topic: string): string | null {
  const match = BTIH.exec(topic)
  if (match?.[1] !== undefined) return match[1].toLowerCase()
  return match?.[2] === undefined ? null : base32ToHex(match[2].toUpperCase())
}

/** 32 digits of 5 bits: 20 bytes. */
function base32ToHex(digits: string): string {
  const bytes = new Uint8Array(20)
  let bits = 0
  let buffered = 0
  let length = 0
  for (const digit of digits) {
    bits = ((bits << 5) | BASE32.indexOf(digit)) & 0xfff
    buffered += 5
    if (buffered >= 8) {
      buffered -= 8
      bytes[length++] = (bits >> buffered) & 0xff
    }
  }
  return bytesToHex(bytes)
}

function isTracker(url: string): boolean {
  return /^(?:udp|https?):\/\/[^\s]{1,255}$/.test(url)
}

/** As Go's url.Values: a space is `+`, and nothing but letters, digits, `-`, `_`, `.` and `~` stands as it is. */
function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function bad(message: string): WireError {
  return new WireError('BAD_MAGNET', `this magnet link cannot be used: ${message}`)
}
