/** The people of the bench: in and out by a click, and adding another. */
import { Plus } from 'lucide-react'
import type { Bench } from '../../../shared/contract.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { PersonCard } from './person-card.tsx'

/** The first founds, the others join. */
const names = ['Owner', 'Ada', 'Ben', 'Cleo', 'Dora', 'Emil']

export function People({ bench }: { readonly bench: Bench }) {
  const add = useAction('bench.add')
  const { people } = bench
  const next = names[people.length]
  return (
    <Card
      title="People"
      actions={
        next !== undefined && (
          <Button
            size="small"
            icon={Plus}
            look={people.length === 0 ? 'primary' : 'plain'}
            busy={add.isPending}
            onClick={() => add.mutate({ name: next })}
          >
            Add {next}
          </Button>
        )
      }
    >
      {add.isError && <Failure error={add.error} what="Nobody was added" />}
      {people.length === 0 ? (
        <p className="text-ink-2">
          Nobody yet. Add an owner, let them found a community, then add somebody who joins it and gets its history.
        </p>
      ) : (
        <ul className="grid gap-3">
          {people.map((person) => (
            <li key={person.id}>
              <PersonCard person={person} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
