/**
 * Which peers may be spoken to at all (RULES.md R3.4). A link, another peer or an announcement may name any address;
 * only those inside the configured reach are ever dialled.
 */
import { isIPv6 } from 'node:net'
import { type AddressScope, parsePeerAddress, scopeOfAddress } from '../../wire/index.ts'
import type { PeerHint } from '../engine.ts'

/** `machine`: loopback only. `lan`: private and loopback addresses. `internet`: public addresses. */
export type Reach = 'machine' | 'lan' | 'internet'

const scopes: Readonly<Record<Reach, ReadonlySet<AddressScope>>> = {
  machine: new Set<AddressScope>(['loopback']),
  lan: new Set<AddressScope>(['loopback', 'private']),
  internet: new Set<AddressScope>(['public']),
}

export function scopesOf(reach: Reach): ReadonlySet<AddressScope> {
  return scopes[reach]
}

/** Whether an IP address lies inside the reach. A host name never does: asking for it would leave the machine. */
export function withinReach(host: string, reach: Reach): boolean {
  const scope = scopeOfAddress(plain(host))
  return scope !== null && scopes[reach].has(scope)
}

/**
 * A peer hint as webtorrent dials it, `ip:port` or `[ip6]:port`; null for what is not a TCP address of this network
 * (host names, other transports, port 0).
 */
export function dialable(hint: PeerHint): string | null {
  const [, ip, host, tcp, port, ...more] = hint.split('/')
  if (ip !== undefined) {
    if ((ip !== 'ip4' && ip !== 'ip6') || tcp !== 'tcp' || more.length > 0) return null
    return joined(host ?? '', port ?? '')
  }
  const address = parsePeerAddress(hint)
  return address === null ? null : joined(address.host, address.port)
}

/** The host of `ip:port` or `[ip6]:port`, without brackets; IPv4 inside IPv6 is given as IPv4. */
export function hostOf(address: string): string {
  return plain(address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
}

/** `host:port` in the form that `dialable` gives; null where host is no IP address or the port is out of range. */
export function joined(host: string, port: string | number): string | null {
  const number = Number(port)
  const ip = plain(host)
  // 65535 is refused as webtorrent refuses it.
  if (!Number.isInteger(number) || number < 1 || number >= 65535 || scopeOfAddress(ip) === null) return null
  return isIPv6(ip) ? `[${ip}]:${number}` : `${ip}:${number}`
}

function plain(host: string): string {
  return host.toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}
