/** Who is logged in decides what there is to see. */

import { Failure } from '../components/note.tsx'
import { Lines } from '../components/skeleton.tsx'
import { Welcome } from '../features/profiles/index.ts'
import { useRequest } from '../lib/client.tsx'
import { useLasting } from '../lib/hooks.ts'
import { ConnectionLine } from './connection-line.tsx'
import { Frame } from './frame.tsx'

export function App() {
  const info = useRequest('app.info')
  const isSlow = useLasting(info.isPending)
  return (
    <div className="flex h-full flex-col">
      <ConnectionLine />
      <div className="min-h-0 flex-1">
        {info.isPending && isSlow && (
          <main className="grid h-full place-items-center bg-page">
            <h1 className="sr-only">Chronicle</h1>
            <div className="w-64">
              <Lines label="Starting" />
            </div>
          </main>
        )}
        {info.isError && !info.data && (
          <main className="grid h-full place-items-center bg-page p-6">
            <Failure error={info.error} what="Chronicle does not answer" onRetry={info.refetch} />
          </main>
        )}
        {info.data &&
          (info.data.profile ? <Frame key={info.data.profile.id} profile={info.data.profile} /> : <Welcome />)}
      </div>
    </div>
  )
}
