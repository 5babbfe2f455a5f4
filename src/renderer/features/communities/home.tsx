/** Nobody has joined anything yet. */
import { BookOpen } from 'lucide-react'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Bar } from '../../components/page.tsx'
import type { AddKind } from './add-community.tsx'

export function Home({ onAdd }: { readonly onAdd: (kind: AddKind) => void }) {
  return (
    <>
      <Bar title="Welcome" name="Welcome" />
      <div className="grid flex-1 place-items-center overflow-auto">
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
      </div>
    </>
  )
}
