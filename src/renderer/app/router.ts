/** Where one is, followed as the address changes. */
import { useSyncExternalStore } from 'react'
import { fromHash, type Route } from '../lib/routes.ts'

let seen: string | null = null
let route: Route = { at: 'home' }

/** The same address is the same object, so that effects can depend on it. */
function current(): Route {
  if (location.hash !== seen) {
    seen = location.hash
    route = fromHash(seen)
  }
  return route
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, current)
