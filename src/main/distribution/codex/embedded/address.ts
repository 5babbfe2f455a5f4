/** Peer hints that this engine can dial: `/ip4|ip6/ADDRESS/tcp/PORT/p2p/ID`, inside the reach. RULES.md R3.4. */
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerHint } from '../../engine.ts'
import { type Reach, withinReach } from '../../torrent/address.ts'

export interface CodexAddress {
  readonly peer: string
  /** The whole of it, as it is dialled. */
  readonly address: string
}

/** Null for what is not ours to dial: other transports, host names, no peer id, an address out of reach. */
export function readHint(hint: PeerHint, reach: Reach): CodexAddress | null {
  const [empty, ip, host = '', tcp, port = '', p2p, id = '', ...more] = hint.split('/')
  if (empty !== '' || (ip !== 'ip4' && ip !== 'ip6') || tcp !== 'tcp' || p2p !== 'p2p' || more.length > 0) return null
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535 || !withinReach(host, reach)) return null
  try {
    const address = multiaddr(hint)
    const peer = address.getPeerId()
    return peer === null || id === '' ? null : { peer, address: address.toString() }
  } catch {
    return null
  }
}

/** Whether a connection from, or to, this multiaddr stays inside the reach. */
export function reachable(address: string, reach: Reach): boolean {
  const [, ip, host = ''] = address.split('/')
  return (ip === 'ip4' || ip === 'ip6') && withinReach(host, reach)
}
