/**
 * Which peers may be spoken to at all (RULES.md R3.4). A link, another peer or an announcement may name any address;
 * only those inside the configured reach are ever dialled.
 */
import { BlockList, isIP } from 'node:net'
import type { PeerHint } from '../engine.ts'

/** `machine`: loopback only. `lan`: private and loopback addresses. `internet`: public addresses. */
export type Reach = 'machine' | 'lan' | 'internet'

type Zone = 'loopback' | 'private' | 'public' | 'none'

const zones: Readonly<Record<Reach, readonly Zone[]>> = {
  machine: ['loopback'],
  lan: ['loopback', 'private'],
  internet: ['public'],
}

const loopback = listed([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
])
const privateNets = listed([
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
])
/** Addresses that are no single host: this network, documentation, benchmarks, multicast, reserved. */
const nowhere = listed([
  ['0.0.0.0', 8, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
])

/** Whether an IP address lies inside the reach. A host name never does: asking for it would leave the machine. */
export function withinReach(host: string, reach: Reach): boolean {
  return zones[reach].includes(zoneOf(host))
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
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(hint)
  return match === null ? null : joined(match[1] ?? match[2] ?? '', match[3] ?? '')
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
  if (!Number.isInteger(number) || number < 1 || number >= 65535 || isIP(ip) === 0) return null
  return isIP(ip) === 6 ? `[${ip}]:${number}` : `${ip}:${number}`
}

function zoneOf(host: string): Zone {
  const ip = plain(host)
  const version = isIP(ip)
  if (version === 0) return 'none'
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (loopback.check(ip, family)) return 'loopback'
  if (privateNets.check(ip, family)) return 'private'
  return nowhere.check(ip, family) ? 'none' : 'public'
}

function plain(host: string): string {
  return host.toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}

function listed(nets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix, family] of nets) list.addSubnet(net, prefix, family)
  return list
}
