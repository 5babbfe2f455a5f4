/**
 * 34/WAKU2-PEER-EXCHANGE, the answering side: this node's own record, and the records that its peers gave it of
 * themselves. Only signed records of the same cluster with a shard in common are passed on.
 */
import type { Connection } from '@libp2p/interface'
import { proto_peer_exchange } from '@waku/proto'
import { request } from '../frames.ts'
import { decoded, type Exchange } from './exchange.ts'
import { type ReadRecord, readRecord } from './records.ts'

const { PeerExchangeRPC } = proto_peer_exchange

export const peerExchangeCodec = '/vac/waku/peer-exchange/2.0.0-alpha1'

const maxRecords = 60
const askFor = 10

export interface PeerExchangeOptions {
  readonly clusterId: number
  readonly shards: readonly number[]
  readonly requestBytes: number
  readonly random: () => number
  /** This node's record as it is now. */
  readonly own: () => Promise<Uint8Array>
}

export class PeerExchange {
  readonly #options: PeerExchangeOptions
  /** By peer id, the longest known first. */
  readonly #records = new Map<string, Uint8Array>()

  constructor(options: PeerExchangeOptions) {
    this.#options = options
  }

  exchange(): Exchange {
    return {
      codec: peerExchangeCodec,
      requestBytes: this.#options.requestBytes,
      refuse: () => null,
      answer: async (bytes) => {
        const { query } = decoded(() => PeerExchangeRPC.decode(bytes))
        const wanted = Math.min(maxRecords, Number(query?.numPeers ?? 0n))
        const others = shuffled([...this.#records.values()], this.#options.random)
        const peerInfos = [await this.#options.own(), ...others].slice(0, wanted).map((enr) => ({ enr }))
        return PeerExchangeRPC.encode({ response: { peerInfos } })
      },
    }
  }

  /** Asks a peer for records and remembers what fits; a peer that has none to give is no failure. */
  async learn(connection: Connection): Promise<void> {
    const query = PeerExchangeRPC.encode({ query: { numPeers: BigInt(askFor) } })
    const options = { timeout: 10_000, limit: 64 * 1024 }
    const reply = await request(connection, [peerExchangeCodec], () => query, options).catch(() => null)
    if (reply === null) return
    try {
      for (const { enr } of PeerExchangeRPC.decode(reply.bytes).response?.peerInfos.slice(0, askFor) ?? [])
        if (enr !== undefined) await this.#remember(enr)
    } catch {
      // A stranger's bytes that do not decode teach nothing.
    }
  }

  async #remember(bytes: Uint8Array): Promise<void> {
    const record = await readRecord(bytes)
    if (record === null || !this.#fits(record)) return
    this.#records.delete(record.peer)
    this.#records.set(record.peer, bytes)
    const oldest = this.#records.keys().next()
    if (this.#records.size > maxRecords && !oldest.done) this.#records.delete(oldest.value)
  }

  #fits(record: ReadRecord): boolean {
    const { clusterId, shards } = this.#options
    return record.clusterId === clusterId && record.shards.some((shard) => shards.includes(shard))
  }
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
