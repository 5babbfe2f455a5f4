/** Tells the node of peers that were named to us: it finds no other way to them when they are in no DHT. */
import type { CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import type { PeerHint } from '../../engine.ts'
import type { Reach } from '../../torrent/address.ts'
import { type CodexAddress, readHint } from '../embedded/address.ts'
import { addressesIn } from '../embedded/entered.ts'
import type { NodeClient } from './client.ts'

/** Of one community; the newest stay. */
const keptPeers = 64
/** ms before the node is told of a peer again. */
const againAfter = 60_000
const atOnce = 4
/** ms that the node may take to dial one */
const dialPatience = 10_000

export class Introductions {
  readonly #clock: Clock
  readonly #reach: Reach
  readonly #known = new Map<CommunityId, Map<string, CodexAddress>>()
  readonly #told = new Map<string, number>()
  #entered: readonly CodexAddress[] = []

  constructor(clock: Clock, reach: Reach) {
    this.#clock = clock
    this.#reach = reach
  }

  add(community: CommunityId, hints: readonly PeerHint[]): void {
    const known = this.#known.get(community) ?? new Map<string, CodexAddress>()
    this.#known.set(community, known)
    for (const hint of hints.slice(0, keptPeers)) {
      const address = readHint(hint, this.#reach)
      if (address === null) continue
      known.delete(address.address)
      known.set(address.address, address)
    }
    for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - keptPeers))) known.delete(oldest)
  }

  /** What a person entered holds for every community, for as long as the engine runs. */
  async enter(peers: readonly string[]): Promise<void> {
    const found = await Promise.all(peers.slice(0, keptPeers).map(addressesIn))
    this.#entered = found.flat().flatMap((address) => readHint(address, this.#reach) ?? [])
  }

  /** Another node, or the same one anew, knows nobody. */
  forgetTold(): void {
    this.#told.clear()
  }

  /** Best effort: a peer that cannot be dialled is tried again later. */
  async introduce(client: NodeClient, own: string, communities: readonly CommunityId[], signal: AbortSignal) {
    const now = this.#clock.now()
    const named = communities.flatMap((community) => [...(this.#known.get(community)?.values() ?? [])])
    const due = [...this.#entered, ...named].filter(
      ({ peer, address }) => peer !== own && now - (this.#told.get(address) ?? -againAfter) >= againAfter,
    )
    for (const { address } of due) this.#told.set(address, now)
    const next = due.values()
    const tell = async () => {
      for (const { peer, address } of next)
        await client.connect(peer, [address], { signal, timeout: dialPatience }).catch(() => {})
    }
    await Promise.all(Array.from({ length: atOnce }, tell))
  }

  get communities(): readonly CommunityId[] {
    return [...this.#known.keys()]
  }
}

/** Where other peers reach the node, as far as they may: its own addresses, with "all of them" replaced by ours. */
export function nodeAddresses(
  node: { readonly id: string; readonly addrs: readonly string[]; readonly announceAddresses: readonly string[] },
  { reach, addresses, onThisMachine }: { reach: Reach; addresses: readonly string[]; onThisMachine: boolean },
): string[] {
  const own = reach === 'machine' ? ['127.0.0.1'] : addresses
  const found = [...node.announceAddresses, ...node.addrs].flatMap((text) => {
    const [, ip, host = '', tcp, port = ''] = text.split('/')
    if (tcp !== 'tcp') return []
    const everywhere = host === '0.0.0.0' || host === '::'
    const hosts = everywhere ? (onThisMachine ? own.filter((one) => one.includes(':') === (ip === 'ip6')) : []) : [host]
    return hosts.map((one) => `/${one.includes(':') ? 'ip6' : 'ip4'}/${one}/tcp/${port}/p2p/${node.id}`)
  })
  return [...new Set(found)].filter((address) => readHint(address, reach) !== null).slice(0, 16)
}
