/** Addresses of service nodes as people configure them. Pure. */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { WakuError } from '../errors.ts'

/** @throws WakuError `invalid` for what is no multiaddr, or names no peer (`/p2p/…`). */
export function parseAddress(text: string): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text.trim())
  } catch (error) {
    throw new WakuError('invalid', `${text} is not a multiaddr.`, { cause: error })
  }
  if (address.getPeerId() === null)
    throw new WakuError('invalid', `${text} does not say which peer it is: it must end in /p2p/ and the peer's id.`)
  return address
}

/**
 * Which addresses may be dialled: those configured, and what a configured name resolves to (same peer). What peers say
 * about themselves or others, in identify or in relay's peer exchange, is never dialled.
 */
export function dialPolicy(configured: readonly string[]): (address: string) => boolean {
  const parsed = configured.map(parseAddress)
  const exact = new Set(parsed.map((address) => address.toString()))
  const named = new Set(parsed.filter(isNamed).map((address) => address.getPeerId()))
  return (text) => {
    if (exact.has(text)) return true
    try {
      const address = multiaddr(text)
      return named.has(address.getPeerId()) && !isNamed(address)
    } catch {
      return false
    }
  }
}

function isNamed(address: Multiaddr): boolean {
  return address.protoNames().some((name) => name.startsWith('dns'))
}
