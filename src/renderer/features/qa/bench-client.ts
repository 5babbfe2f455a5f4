/** Asking one of the bench's people, with the types of the contract. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { BenchQuestion, RequestInput, RequestOutput } from '../../../shared/contract.ts'
import { type Failed, useEvent, useNode } from '../../lib/client.tsx'

const keyOf = (id: string) => ['bench.ask', id] as const

/** Asked again with each signal of theirs, and every few seconds while it is looked at. */
export function usePersonsAnswer<K extends BenchQuestion>(
  id: string,
  name: K,
  input: RequestInput<K>,
  enabled: boolean,
) {
  const { client } = useNode()
  return useQuery<RequestOutput<K>, Failed>({
    queryKey: [...keyOf(id), name, input],
    queryFn: async () =>
      ((await client.request('bench.ask', { id, name, ...(input === undefined ? {} : { input }) })) ??
        null) as RequestOutput<K>,
    enabled,
    refetchInterval: 2_000,
  })
}

export function usePersonsAct<K extends BenchQuestion>(id: string, name: K) {
  const { client } = useNode()
  const queries = useQueryClient()
  return useMutation<unknown, Failed, RequestInput<K>>({
    mutationFn: (input) => client.request('bench.ask', { id, name, input }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: keyOf(id) }),
  })
}

/** Keeps what is shown of a person true. */
export function useFollowed(id: string): void {
  const queries = useQueryClient()
  useEvent('bench.signal', (line) => {
    if (line.person === id) void queries.invalidateQueries({ queryKey: keyOf(id) })
  })
}
