/**
 * Peers found otherwise than by announcements and by other members: those that the person entered, those of the local
 * network (mDNS) and those that the Kademlia DHT of Logos Storage names. The latter two are off unless somebody turned
 * them on: mDNS tells everybody in the local network that we are here, and a look-up in the DHT tells strangers what we
 * read (RULES.md R5.4). Only somebody who follows a community looks for peers of it.
 */

import type { Libp2p, PeerDiscovery, PeerInfo } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import type { CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import { manifestCidBytes } from '../../../wire/index.ts'
import { readHint } from './address.ts'
import { addressesIn } from './entered.ts'
import type { CodexSettings } from './settings.ts'
import type { Swarm } from './swarm.ts'

/** Protocol of the DHT in current nodes; the provider key is the multihash of a manifest's CID. */
const dhtProtocol = '/ipfs/kad/1.0.0'

/** ms */
const lookUpAtMost = 30_000
const lookUpEvery = 60_000
/** Nodes advertise what they have as often. */
const provideEvery = 1_800_000
/** Manifests, the newest, that are looked up or advertised for one community. */
const manifestsAtMost = 2
const keptNearby = 64

type Ways = Pick<CodexSettings, 'peers' | 'mdns' | 'mdnsPort' | 'bootstrap' | 'reach'>

/** Services of the host; none of them does anything unless it was turned on. */
export function discoveryServices({ mdns: nearby, mdnsPort, bootstrap, reach }: Omit<Ways, 'peers'>) {
  return {
    ping: ping(),
    // Nobody is near to a node that speaks to this machine only, or to the world.
    ...(nearby && reach === 'lan' ? { mdns: mdns({ port: mdnsPort, interval: 5000 }) } : {}),
    // Which addresses are within reach is for `readHint` and the host to say: a DHT may be that of a local network.
    ...(bootstrap.length > 0
      ? { dht: kadDHT({ protocol: dhtProtocol, clientMode: true, peerInfoMapper: passthroughMapper }) }
      : {}),
  }
}

export interface DiscoveryOptions {
  readonly host: Libp2p
  readonly clock: Clock
  readonly settings: Ways
  readonly swarm: Pick<Swarm, 'addHints' | 'followed'>
  readonly shelves: { communities(): readonly CommunityId[]; linksOf(community: CommunityId): readonly string[] }
}

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #dht: KadDHT | null
  readonly #ending = new AbortController()
  /** Addresses that the local network told of, newest last. */
  #nearby: string[] = []
  #entered: string[] = []
  readonly #lookedUp = new Map<CommunityId, number>()
  readonly #cancels = new Set<() => void>()

  constructor(options: DiscoveryOptions) {
    this.#options = options
    const services = options.host.services as { readonly dht?: KadDHT; readonly mdns?: PeerDiscovery }
    this.#dht = services.dht ?? null
    services.mdns?.addEventListener('peer', ({ detail }) => this.#isNearby(detail))
  }

  async begin(): Promise<void> {
    this.#entered = (await Promise.all(this.#options.settings.peers.map(addressesIn))).flat()
    if (this.#dht === null) return
    void this.#meetBootstrap()
    this.#every(provideEvery, () => void this.#provide())
    this.#every(lookUpEvery, () => {
      for (const community of this.#options.swarm.followed) this.followed(community)
    })
  }

  end(): void {
    this.#ending.abort()
    for (const cancel of this.#cancels) cancel()
  }

  /** Somebody looks for peers of a community. */
  followed(community: CommunityId): void {
    const { swarm, clock } = this.#options
    if (this.#entered.length > 0) swarm.addHints(community, this.#entered)
    if (this.#nearby.length > 0) swarm.addHints(community, this.#nearby, 'hearsay')
    const last = this.#lookedUp.get(community) ?? Number.NEGATIVE_INFINITY
    if (this.#dht === null || clock.now() - last < lookUpEvery / 2) return
    this.#lookedUp.set(community, clock.now())
    void this.#lookUp(community)
  }

  /** Something is served that was not before. */
  provide(): void {
    if (this.#dht !== null) void this.#provide()
  }

  #isNearby({ id, multiaddrs }: PeerInfo): void {
    const { settings, swarm } = this.#options
    const addresses = multiaddrs.map((address) => `${address.decapsulateCode(421)}/p2p/${id}`)
    const fresh = addresses.filter((address) => readHint(address, settings.reach) !== null)
    this.#nearby = [...this.#nearby.filter((address) => !fresh.includes(address)), ...fresh].slice(-keptNearby)
    for (const community of swarm.followed) swarm.addHints(community, fresh, 'hearsay')
  }

  async #meetBootstrap(): Promise<void> {
    const { host, settings } = this.#options
    const all = (await Promise.all(settings.bootstrap.map(addressesIn))).flat()
    const found = all.filter((address) => readHint(address, settings.reach) !== null)
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(lookUpAtMost)])
    const dialled = await Promise.allSettled(found.map((address) => host.dial(multiaddr(address), { signal })))
    if (dialled.every(({ status }) => status === 'rejected') && !this.#ending.signal.aborted)
      this.#after(lookUpEvery, () => void this.#meetBootstrap())
    else {
      await this.#provide()
      for (const community of this.#options.swarm.followed) void this.#lookUp(community)
    }
  }

  async #lookUp(community: CommunityId): Promise<void> {
    const { swarm, shelves } = this.#options
    for (const link of shelves.linksOf(community).slice(-manifestsAtMost)) {
      const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(lookUpAtMost)])
      try {
        for await (const event of this.#dht?.findProviders(keyOf(link), { signal }) ?? []) {
          if (event.name !== 'PROVIDER' && event.name !== 'PEER_RESPONSE') continue
          for (const { id, multiaddrs } of event.providers)
            swarm.addHints(
              community,
              multiaddrs.slice(0, 8).map((address) => `${address.decapsulateCode(421)}/p2p/${id}`),
              'hearsay',
            )
        }
      } catch {
        // Nobody answered: it is looked up again as long as somebody follows the community.
      }
    }
  }

  async #provide(): Promise<void> {
    const { shelves } = this.#options
    for (const community of shelves.communities())
      for (const link of shelves.linksOf(community).slice(-manifestsAtMost)) {
        const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(lookUpAtMost)])
        try {
          for await (const _ of this.#dht?.provide(keyOf(link), { signal }) ?? []);
        } catch {
          // It is advertised again in half an hour.
        }
      }
  }

  #every(ms: number, work: () => void): void {
    this.#after(ms, () => {
      work()
      this.#every(ms, work)
    })
  }

  #after(ms: number, work: () => void): void {
    if (this.#ending.signal.aborted) return
    const cancel = this.#options.clock.setTimer(ms, () => {
      this.#cancels.delete(cancel)
      work()
    })
    this.#cancels.add(cancel)
  }
}

const keyOf = (manifest: string) => CID.decode(manifestCidBytes(manifest))
