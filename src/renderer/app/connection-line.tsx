/** Above everything, while the page has no connection to its node. */
import { TriangleAlert } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { Spinner } from '../components/spinner.tsx'
import { useNode } from '../lib/client.tsx'
import { useLasting } from '../lib/hooks.ts'

export function ConnectionLine() {
  const { connection } = useNode().carrier
  const state = useSyncExternalStore(connection.subscribe, connection.get)
  const isLost = useLasting(state !== 'connected', 1_000)
  if (!isLost || state === 'connected') return null
  return (
    <div
      role="alert"
      className="flex min-h-8 shrink-0 items-center justify-center gap-2 bg-warn-soft px-4 py-1 text-warn"
    >
      {state === 'signed-out' ? (
        <>
          <TriangleAlert size={16} aria-hidden className="shrink-0" />
          Chronicle was started anew. Open the newest sign-in link that it printed.
        </>
      ) : (
        <>
          <Spinner />
          Chronicle does not answer. Trying again; what you see may be old.
        </>
      )}
    </div>
  )
}
