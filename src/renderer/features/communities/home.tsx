/** Nobody has joined anything yet. */
import { BookOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Bar } from '../../components/page.tsx'
import type { AddKind } from './add-community.tsx'

interface HomeProps {
  readonly onAdd: (kind: AddKind) => void
  /** Which network is used: another feature's, chosen before the first community is looked for. */
  readonly network: ReactNode
}

export function Home({ onAdd, network }: HomeProps) {
  return (
    <>
      <Bar title="Welcome" name="Welcome" />
      <div className="grid min-h-0 flex-1 [align-content:safe_center] justify-items-center gap-4 overflow-auto p-4">
        <Blank
          icon={BookOpen}
          title="No community yet"
          actions={
            <>
              <Button look="primary" onClick={() => onAdd('join')}>
                Join a community
              </Button>
              <Button onClick={() => onAdd('create')}>Create one</Button>
              <Button onClick={() => onAdd('adopt')}>Adopt by key</Button>
            </>
          }
        >
          <p>
            Join one by its id, and its whole history is fetched from its members. Or create your own: this computer
            then records what is said and publishes it week by week.
          </p>
        </Blank>
        {network}
      </div>
    </>
  )
}
