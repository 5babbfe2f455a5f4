/**
 * Which peer addresses in a stranger's link may be dialled. A pure predicate: host names are refused (looking one up
 * tells its owner who reads), private and loopback addresses are for LAN and this-machine modes. RULES.md R3.4.
 */
export interface PeerAddress {
  readonly host: string
  readonly port: number
  readonly scope: AddressScope
}
/** `special`: never a peer, such as multicast, documentation or unspecified addresses. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'special'

/** `1.2.3.4:6881` or `[2001:db8::1]:6881`; null for everything else, names included. */
export function parsePeerAddress(text: string): PeerAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):([0-9]{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65535) return null
  const scope = scopeOfAddress(host)
  return scope === null ? null : { host, port, scope }
}

/** Of a hint in either form, `ip:port` or `/ip4|ip6/ADDRESS/tcp/PORT/…`; null for anything else, host names included. */
export function scopeOfHint(hint: string): AddressScope | null {
  const [empty, family, host = '', transport, port = ''] = hint.split('/')
  if (empty !== '') return parsePeerAddress(hint)?.scope ?? null
  if ((family !== 'ip4' && family !== 'ip6') || transport !== 'tcp' || !/^[0-9]{1,5}$/.test(port)) return null
  return scopeOfAddress(host)
}

/** Null if it is no IP address. */
export function scopeOfAddress(host: string): AddressScope | null {
  const v4 = parseIpv4(host)
  if (v4) return scopeOfIpv4(v4)
  const v6 = parseIpv6(host)
  return v6 ? scopeOfIpv6(v6) : null
}

type Octets = readonly number[]
type Groups = readonly number[]

function parseIpv4(text: string): Octets | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const octets = parts.map((part) => (/^(?:0|[1-9][0-9]{0,2})$/.test(part) ? Number(part) : 256))
  return octets.every((octet) => octet < 256) ? octets : null
}

/** Eight groups of 16 bits. */
function parseIpv6(text: string): Groups | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : []
  if (!head || !tail) return null
  if (halves.length === 1) return head.length === 8 ? head : null
  const missing = 8 - head.length - tail.length
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    const v4 = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : null
    if (v4) groups.push(pair(v4, 0), pair(v4, 2))
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

function pair(octets: Octets, at: number): number {
  return (octets[at] ?? 0) * 256 + (octets[at + 1] ?? 0)
}

function scopeOfIpv4(octets: Octets): AddressScope {
  const [a = 0, b = 0, c = 0] = octets
  if (a === 127) return 'loopback'
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private'
  if (a === 169 && b === 254) return 'private'
  // Shared address space of carriers: as private as a LAN.
  if (a === 100 && b >= 64 && b < 128) return 'private'
  if (a === 0 || a >= 224) return 'special'
  if (a === 192 && b === 0 && (c === 0 || c === 2)) return 'special'
  if (a === 192 && b === 88 && c === 99) return 'special'
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return 'special'
  if (a === 203 && b === 0 && c === 113) return 'special'
  return 'public'
}

function scopeOfIpv6(groups: Groups): AddressScope {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  const embedded = (high: number, low: number) => scopeOfIpv4([high >> 8, high & 255, low >> 8, low & 255])
  const zeros = a === 0 && b === 0 && c === 0 && d === 0 && e === 0
  if (zeros && f === 0 && g === 0) return h === 1 ? 'loopback' : 'special'
  if (zeros && (f === 0xffff || f === 0)) return embedded(g, h)
  if (a === 0x64 && b === 0xff9b) return embedded(g, h)
  if (a === 0x2002) return embedded(b, c)
  if ((a & 0xfe00) === 0xfc00 || (a & 0xffc0) === 0xfe80) return 'private'
  // Only 2000::/3 is the public internet; documentation and Teredo are parts of it that no peer is at.
  if ((a & 0xe000) !== 0x2000 || (a === 0x2001 && (b === 0xdb8 || b === 0))) return 'special'
  return 'public'
}
