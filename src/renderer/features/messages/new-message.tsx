/** Says the newest message aloud, when it arrives while the end is open. */
import { useEffect, useRef, useState } from 'react'
import type { Message } from '../../../shared/domain.ts'
import { nameOf } from '../../lib/format.ts'

export function NewMessage({ messages, atEnd }: { readonly messages: readonly Message[]; readonly atEnd: boolean }) {
  const newest = messages.at(-1)
  const seen = useRef<Message['id'] | null>(null)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (!newest || !atEnd) return
    if (seen.current !== null && seen.current !== newest.id && newest.source !== 'archive')
      setWords(`${nameOf(newest.authorName, newest.author)}: ${newest.text}`)
    seen.current = newest.id
  }, [newest, atEnd])
  return (
    <p aria-live="polite" className="sr-only">
      {words}
    </p>
  )
}
