/** A typed client over any carrier: Electron's bridge, a WebSocket, or a direct call in the same process. */
import type { EventName, EventPayload, Failure, Reply, RequestInput, RequestName, RequestOutput } from './contract.ts'

/** What a carrier provides; everything above it is shared. */
export interface Transport {
  request(name: string, input: unknown): Promise<Reply>
  subscribe(name: string, listener: (payload: unknown) => void): () => void
}

/** A request that the node answered with a failure. */
export class RequestError extends Error {
  readonly code: string
  readonly action: string
  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'RequestError'
    this.code = failure.code
    this.action = failure.action
  }
}

type Arguments<K extends RequestName> = undefined extends RequestInput<K> ? [] : [RequestInput<K>]

export interface Client {
  request<K extends RequestName>(name: K, ...input: Arguments<K>): Promise<RequestOutput<K>>
  subscribe<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): () => void
}

/** @throws RequestError from `request` when the node refuses or fails. */
export function createClient(transport: Transport): Client {
  return {
    async request(name, ...input) {
      const reply = await transport.request(name, input[0])
      if (!reply.ok) throw new RequestError(reply.error)
      return reply.value as RequestOutput<typeof name>
    },
    subscribe: (name, listener) => transport.subscribe(name, (payload) => listener(payload as never)),
  }
}
