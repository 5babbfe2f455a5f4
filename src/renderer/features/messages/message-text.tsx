/** A message's words: line breaks kept, code set apart, long ones folded until asked for. */
import { useState } from 'react'
import { pieces } from './text.ts'

/** Beyond either, a message is folded. */
const longLines = 12
const longText = 1_200

export function MessageText({ text }: { readonly text: string }) {
  const [isOpen, setIsOpen] = useState(false)
  const isLong = text.length > longText || text.split('\n').length > longLines
  const isFolded = isLong && !isOpen
  return (
    <>
      <div
        className={`text-message break-words whitespace-pre-wrap [overflow-wrap:anywhere] ${isFolded ? 'line-clamp-[10]' : ''}`}
      >
        {pieces(text).map(({ kind, text: part, at }) => {
          if (kind === 'text') return part
          if (kind === 'code')
            return (
              <code key={at} className="rounded-[4px] bg-hover px-1 py-px font-mono text-[12.5px]">
                {part}
              </code>
            )
          return (
            <code key={at} className="my-1 block rounded-control bg-hover px-2.5 py-1.5 font-mono text-[12.5px]">
              {part}
            </code>
          )
        })}
      </div>
      {isLong && (
        <button
          type="button"
          onClick={() => setIsOpen(!isOpen)}
          className="min-h-6 text-meta font-medium text-accent hover:underline"
        >
          {isOpen ? 'Show less' : 'Show all'}
        </button>
      )}
    </>
  )
}
