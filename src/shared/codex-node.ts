/**
 * The address of a Codex (Logos Storage) node that the profile uses instead of the engine inside Chronicle. Such a node
 * asks nobody for a password, so whoever reaches its address can do everything with it: that it lies on another computer
 * has to be said expressly.
 */

export interface CodexNodeAddress {
  /** `http://127.0.0.1:8080`; requests go to nothing else. */
  readonly origin: string
  readonly onThisMachine: boolean
}

/** Where a node listens unless it was told otherwise. */
export const usualCodexNode = 'http://127.0.0.1:8080'

const plainAddress = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(?::(\d{1,5}))?\/?$/
/** Other ways to write the same count as another computer: nothing is risked by asking once too often. */
const ownHost = /^(localhost|127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\])$/

/** Null for what is not the plain address of an HTTP server: other schemes, user names, paths, queries. */
export function readCodexNode(text: string): CodexNodeAddress | null {
  const [, scheme, host, port] = plainAddress.exec(text.toLowerCase()) ?? []
  if (scheme === undefined || host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) return null
  return { origin: `${scheme}://${host}${port === undefined ? '' : `:${port}`}`, onThisMachine: ownHost.test(host) }
}

/** Where a Codex peer is: a multiaddr with its peer id, or the signed record that nodes print. */
export const codexPeerPattern =
  /^(\/ip[46]\/[0-9a-fA-F.:]{2,45}\/tcp\/\d{1,5}\/p2p\/[1-9A-HJ-NP-Za-km-z]{20,80}|spr:[A-Za-z0-9_-]{40,1400}=*)$/
