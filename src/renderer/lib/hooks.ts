/** Small hooks that belong to no feature. */
import { useEffect, useState } from 'react'
import type { Millis } from '../../shared/domain.ts'

/** The time, renewed every `step` ms. */
export function useNow(step: number): Millis {
  const [now, setNow] = useState(() => Date.now() as Millis)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() as Millis), step)
    return () => clearInterval(timer)
  }, [step])
  return now
}

/** The value, once it has been the same for `delay` ms. */
export function useSettled<T>(value: T, delay: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay)
    return () => clearTimeout(timer)
  }, [value, delay])
  return settled
}

/** True once `active` has been true for `delay` ms: nothing that ends sooner is worth a spinner. */
export function useLasting(active: boolean, delay = 400): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!active) return setLasting(false)
    const timer = setTimeout(() => setLasting(true), delay)
    return () => clearTimeout(timer)
  }, [active, delay])
  return lasting
}

/** Whether a media query holds, kept up to date. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches)
  useEffect(() => {
    const media = window.matchMedia(query)
    const update = () => setMatches(media.matches)
    update()
    media.addEventListener('change', update)
    return () => media.removeEventListener('change', update)
  }, [query])
  return matches
}

/** The page's name in the window's title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Chronicle` : 'Chronicle'
  }, [title])
}
