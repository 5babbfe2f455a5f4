/** Whether people are let in at once, or wait for the owner's word. */
import type { Community } from '../../../shared/domain.ts'
import { Segments } from '../../components/segments.tsx'

const helps: Readonly<Record<Community['joining'], string>> = {
  open: 'Whoever knows the community’s id is let in at once.',
  request: 'Who asks waits under “People” until you answer.',
}

interface JoiningFieldProps {
  readonly value: Community['joining']
  readonly onChange: (value: Community['joining']) => void
}

export function JoiningField({ value, onChange }: JoiningFieldProps) {
  return (
    <div className="grid justify-items-start gap-1">
      <p className="font-medium" aria-hidden>
        Who may join
      </p>
      <Segments
        label="Who may join"
        value={value}
        options={[
          { value: 'open', text: 'Everybody' },
          { value: 'request', text: 'Who I let in' },
        ]}
        onChange={onChange}
      />
      <p className="text-meta text-ink-2">{helps[value]}</p>
    </div>
  )
}
