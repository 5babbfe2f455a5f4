/** The pages of a search after its first one, kept as long as the question and the first page are the same. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { RequestInput, RequestOutput } from '../../../shared/contract.ts'
import { type Failed, useNode } from '../../lib/client.tsx'

type Found = RequestOutput<'messages.search'>

export function usePages(first: Found | undefined, question: RequestInput<'messages.search'>) {
  const { client } = useNode()
  const [read, setRead] = useState<readonly Found[]>([])
  const pages = first === undefined || read[0] === first ? read : [first]
  const last = pages.at(-1)
  const more = useMutation<Found | null, Failed, void>({
    mutationFn: async () => (last?.next ? client.request('messages.search', { ...question, after: last.next }) : null),
    onSuccess: (page) => page && setRead([...pages, page]),
  })
  return { hits: pages.flatMap(({ hits }) => hits), next: last?.next ?? null, more }
}
