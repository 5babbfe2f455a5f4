/** What a message's text is made of: words, `code` and blocks of code. Everything stays text; nothing becomes HTML. */
export interface Piece {
  readonly kind: 'text' | 'code' | 'block'
  readonly text: string
  /** Where it begins in the message: its identity. */
  readonly at: number
}

/** A fence of three backticks, or one backtick and its partner on the same line. An unclosed one is a backtick. */
const pattern = /```(?:[\w+-]*\n)?([\s\S]+?)```|`([^`\n]+)`/g

export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let end = 0
  const add = (kind: Piece['kind'], part: string, at: number): void => {
    if (part !== '') found.push({ kind, text: part, at })
  }
  for (const match of text.matchAll(pattern)) {
    const [whole, block, code] = match
    add('text', text.slice(end, match.index), end)
    if (block !== undefined) add('block', block.replace(/\n$/, ''), match.index)
    else add('code', code ?? '', match.index)
    end = match.index + whole.length
  }
  add('text', text.slice(end), end)
  return found
}
