/**
 * The protocols that a peer may speak, and who is no longer listened to in which of them. Generations of nodes share
 * names and differ in what they say under them (CODEX.md §5): whoever is unintelligible by one wire may give everything
 * by another. What a peer is proven to have forged is another matter, and ends all of it (`Swarm.ban`).
 */
import type { Libp2p, StreamHandler, StreamHandlerOptions } from '@libp2p/interface'
import {
  ACQUAINTANCE_PROTOCOL,
  EXCHANGE_PROTOCOL,
  MANIFEST_PROTOCOL,
  OLDER_EXCHANGE_PROTOCOL,
} from '../../../wire/index.ts'

/** Protocols that are spoken by the same code on the other side, and fail together. */
export type Wire = 'newer' | 'older' | 'acquaintances'

const wireOf: Readonly<Record<string, Wire>> = {
  [EXCHANGE_PROTOCOL]: 'newer',
  [MANIFEST_PROTOCOL]: 'newer',
  [OLDER_EXCHANGE_PROTOCOL]: 'older',
  [ACQUAINTANCE_PROTOCOL]: 'acquaintances',
}
/** By which blocks can be asked for, the best first. */
const exchanges = [EXCHANGE_PROTOCOL, OLDER_EXCHANGE_PROTOCOL]
const refusedAtMost = 10_000

export class Wires {
  readonly #refused = new Map<string, Set<Wire>>()

  /** From now on a peer is not listened to in this one. @returns false if it was not before */
  refuse(peer: string, wire: Wire): boolean {
    const wires = this.#refused.get(peer) ?? new Set()
    if (wires.has(wire)) return false
    this.#refused.delete(peer)
    this.#refused.set(peer, wires.add(wire))
    for (const oldest of [...this.#refused.keys()].slice(0, Math.max(0, this.#refused.size - refusedAtMost)))
      this.#refused.delete(oldest)
    return true
  }

  isRefused(peer: string, wire: Wire): boolean {
    return this.#refused.get(peer)?.has(wire) === true
  }

  /** Protocols by which a peer may be asked for blocks. */
  exchangesWith(peer: string): string[] {
    return exchanges.filter((protocol) => {
      const wire = wireOf[protocol]
      return wire === undefined || !this.isRefused(peer, wire)
    })
  }

  /** `Libp2p.handle`, but for those who are not listened to. */
  async handle(host: Libp2p, protocol: string, handler: StreamHandler, options: StreamHandlerOptions): Promise<void> {
    const wire = wireOf[protocol]
    await host.handle(
      protocol,
      (incoming) => {
        const peer = incoming.connection.remotePeer.toString()
        if (wire !== undefined && this.isRefused(peer, wire)) incoming.stream.abort(new Error('It is refused.'))
        else handler(incoming)
      },
      options,
    )
  }
}
