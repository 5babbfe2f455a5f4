/** The node as components see it: typed requests with their cache, and events. One client, handed down by a context. */
import { type QueryClient, type UseQueryResult, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react'
import { type Client, RequestError } from '../../shared/client.ts'
import type { EventName, EventPayload, RequestInput, RequestName, RequestOutput } from '../../shared/contract.ts'
import type { Carrier } from './transport.ts'

export interface Node {
  readonly client: Client
  readonly carrier: Carrier
}

const context = createContext<Node | null>(null)

export function NodeProvider({ node, children }: { readonly node: Node; readonly children: ReactNode }) {
  return <context.Provider value={node}>{children}</context.Provider>
}

export function useNode(): Node {
  const node = useContext(context)
  if (!node) throw new Error('NodeProvider is missing above this component.')
  return node
}

type Arguments<K extends RequestName> = undefined extends RequestInput<K> ? [] : [RequestInput<K>]
/** What fails is always told as one of these. */
export type Failed = RequestError

export const queryKey = <K extends RequestName>(name: K, ...input: Arguments<K>): readonly unknown[] => [name, ...input]

/** Asks and keeps the answer until an event makes it stale (live.ts). */
export function useRequest<K extends RequestName>(
  name: K,
  ...input: Arguments<K>
): UseQueryResult<RequestOutput<K>, Failed> {
  return useRequestWhen(true, name, ...input)
}

/** As useRequest, once `enabled` is true. */
export function useRequestWhen<K extends RequestName>(
  enabled: boolean,
  name: K,
  ...input: Arguments<K>
): UseQueryResult<RequestOutput<K>, Failed> {
  const { client } = useNode()
  return useQuery<RequestOutput<K>, Failed>({
    queryKey: queryKey(name, ...input),
    // A request without an answer gives undefined, which a cache cannot tell from nothing.
    queryFn: async () => (await client.request(name, ...input)) ?? (null as RequestOutput<K>),
    enabled,
  })
}

/**
 * A list that comes in pages: `next` says what of the input is different for the page after one, or null where that was
 * the last.
 */
export function usePages<K extends RequestName>(
  name: K,
  input: RequestInput<K>,
  next: (page: RequestOutput<K>) => Partial<RequestInput<K>> | null,
) {
  const { client } = useNode()
  return useInfiniteQuery<RequestOutput<K>, Failed, { pages: RequestOutput<K>[] }, readonly unknown[], object | null>({
    queryKey: [name, input],
    queryFn: ({ pageParam }) => client.request(name, ...([{ ...input, ...pageParam }] as unknown as Arguments<K>)),
    initialPageParam: null,
    getNextPageParam: (page) => next(page),
  })
}

/** ms after whoever acted is gone. Passwords, phrases and keys pass through here: nothing of them is kept for later. */
const forgottenAfter = 1_000

/**
 * Something that changes the world; its error is shown where it was asked for. `onDone` is called even if the component
 * is gone by then: the node's event often arrives before its answer, and takes away who asked.
 */
export function useAction<K extends RequestName>(name: K, onDone?: (output: RequestOutput<K>) => void) {
  const { client } = useNode()
  return useMutation<RequestOutput<K>, Failed, RequestInput<K>>({
    mutationFn: (input) => client.request(name, ...([input] as unknown as Arguments<K>)),
    gcTime: forgottenAfter,
    ...(onDone && { onSuccess: onDone }),
  })
}

/** Calls the newest `listener` for each event. */
export function useEvent<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): void {
  const { client } = useNode()
  const newest = useRef(listener)
  useEffect(() => {
    newest.current = listener
  })
  useEffect(() => client.subscribe(name, (payload) => newest.current(payload)), [client, name])
}

/** One reading of any error for a person: what happened, and what can be done. */
export function inWords(error: unknown): { readonly message: string; readonly action: string } {
  if (error instanceof RequestError) return { message: error.message, action: error.action }
  return { message: error instanceof Error ? error.message : String(error), action: '' }
}

/** Everything shown is asked for again. */
export const askAgain = (queries: QueryClient): Promise<void> => queries.invalidateQueries()
