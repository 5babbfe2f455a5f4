/** The words of a new profile, shown once: who has them is this person, on any machine, without any password. */
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'

interface PhraseProps {
  readonly phrase: string
  readonly busy: boolean
  readonly onWritten: () => void
}

export function Phrase({ phrase, busy, onWritten }: PhraseProps) {
  const [written, setWritten] = useState(false)
  return (
    <section aria-labelledby="phrase" className="grid gap-4">
      <h3 id="phrase" className="font-semibold">
        Your recovery phrase
      </h3>
      <Note tone="warn" title="Write these words on paper, in this order.">
        With them you get this profile back when the computer or the password is lost. Whoever else has them is you.
      </Note>
      <ol className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-card border border-edge px-4 py-3 wide:grid-cols-3">
        {wordsOf(phrase).map(({ word, position }) => (
          <li key={position} className="flex gap-2">
            <span aria-hidden className="w-5 text-right text-ink-3">
              {position}
            </span>
            <span className="font-mono">{word}</span>
          </li>
        ))}
      </ol>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={written} onChange={({ target }) => setWritten(target.checked)} />I wrote it down
      </label>
      <div>
        <Button look="primary" size="large" busy={busy} disabled={!written} onClick={onWritten}>
          {busy ? 'Opening your profile' : 'Go on'}
        </Button>
      </div>
    </section>
  )
}

const wordsOf = (phrase: string) => phrase.split(' ').map((word, index) => ({ word, position: index + 1 }))
