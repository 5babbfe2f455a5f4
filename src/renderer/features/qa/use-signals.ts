/** The log of the bench: what was there, and what comes; gathered, since signals come by the dozen. */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { BenchSignal } from '../../../shared/contract.ts'
import { useEvent, useRequest } from '../../lib/client.tsx'

/** Lines that the page keeps. */
const kept = 2_000
/** ms */
const pace = 250

/** Newest first. While it is held still, what comes waits. */
export function useSignals(isStill: boolean) {
  const earlier = useRequest('bench.signals', { limit: 1_000 })
  const [heard, setHeard] = useState<readonly BenchSignal[]>([])
  const waiting = useRef<BenchSignal[]>([])
  useEvent('bench.signal', (line) => {
    waiting.current.push(line)
    if (waiting.current.length > kept) waiting.current.shift()
  })
  useEffect(() => {
    if (isStill) return
    const timer = setInterval(() => {
      const next = waiting.current.splice(0).toReversed()
      if (next.length > 0) setHeard((before) => [...next, ...before].slice(0, kept))
    }, pace)
    return () => clearInterval(timer)
  }, [isStill])
  const lines = useMemo(() => {
    const seen = new Set(heard.map(({ seq }) => seq))
    return [...heard, ...(earlier.data?.lines ?? []).filter(({ seq }) => !seen.has(seq))].slice(0, kept)
  }, [heard, earlier.data])
  return { lines, earlier }
}
