/** The bench: prove it. Everything of one try in one window, down to the step that failed. */
import { Eraser } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { BenchService } from './bench-service.tsx'
import { Diagnostics } from './diagnostics.tsx'
import { People } from './people.tsx'
import { ScenarioCard } from './scenario.tsx'
import { Signals } from './signals.tsx'

export function QaPage() {
  const bench = useRequest('bench.show')
  const [isAsking, setIsAsking] = useState(false)
  const clear = useAction('bench.clear', () => setIsAsking(false))
  return (
    <>
      <Bar
        title="QA bench"
        name="QA bench"
        actions={
          <>
            <Diagnostics />
            <Button size="small" icon={Eraser} onClick={() => setIsAsking(true)}>
              Clear
            </Button>
          </>
        }
      />
      <Content>
        <p className="text-ink-2">
          People made here are for trying things out: their nodes run in this window, on this computer only, and are
          gone when the bench is cleared or Chronicle is closed.
        </p>
        {bench.isPending && (
          <Card>
            <Lines rows={4} label="Reading the bench" />
          </Card>
        )}
        {bench.isError && <Failure error={bench.error} what="The bench could not be read" onRetry={bench.refetch} />}
        {bench.data && (
          <>
            <div className="grid items-start gap-3 wide:grid-cols-[5fr_4fr]">
              <People bench={bench.data} />
              <div className="grid gap-3">
                <BenchService bench={bench.data} />
                <ScenarioCard run={bench.data.run} />
              </div>
            </div>
            <Signals people={bench.data.people} />
          </>
        )}
      </Content>
      <Confirm
        title="Clear the bench?"
        description="Its people, their communities and what they archived are deleted from this computer. Your own profile is not touched."
        act="Clear the bench"
        open={isAsking}
        busy={clear.isPending}
        onConfirm={() => clear.mutate(undefined)}
        onClose={() => setIsAsking(false)}
      >
        {clear.isError && <Failure error={clear.error} what="The bench was not cleared" />}
      </Confirm>
    </>
  )
}
