/** A text cut where the node says that it was searched for. Pure. */

export interface Range {
  readonly from: number
  readonly to: number
}

export interface Part {
  readonly text: string
  readonly isHit: boolean
  readonly at: number
}

/** Ranges are in order and do not overlap; what is not in the text is passed over. */
export function highlight(text: string, marks: readonly Range[]): Part[] {
  const parts: Part[] = []
  let end = 0
  const add = (from: number, to: number, isHit: boolean): void => {
    if (to > from) parts.push({ text: text.slice(from, to), isHit, at: from })
  }
  for (const { from, to } of marks) {
    if (from < end || to > text.length) continue
    add(end, from, false)
    add(from, to, true)
    end = to
  }
  add(end, text.length, false)
  return parts
}

/** The part of a long text around its first mark, whole words, at most about `length` characters, in parts. */
export function excerpt(text: string, marks: readonly Range[], length = 300): Part[] {
  if (text.length <= length) return highlight(text, marks)
  const from = Math.max(0, (marks[0]?.from ?? 0) - 80)
  const start = from === 0 ? 0 : text.indexOf(' ', from) + 1
  const part = text.slice(start, start + length).trimEnd()
  const inside = marks
    .map((mark) => ({ from: mark.from - start, to: mark.to - start }))
    .filter((mark) => mark.from >= 0 && mark.to <= part.length)
  return [
    ...(start > 0 ? [{ text: '… ', isHit: false, at: -1 }] : []),
    ...highlight(part, inside),
    ...(start + length < text.length ? [{ text: ' …', isHit: false, at: text.length }] : []),
  ]
}
