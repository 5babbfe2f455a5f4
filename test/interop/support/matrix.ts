/** Meetings with other people's programs: each is a test, and a row of docs/interop.md. */
import { afterAll, it } from 'vitest'
import { circumstances, writeSection } from '../../bench/support/figures.ts'

export interface Stranger {
  readonly name: string
  /** As the program itself says; empty where it is not there. */
  readonly version: string
  /** Why it cannot be tried here, or null. */
  readonly missing: string | null
}

export interface Meeting {
  readonly direction: 'from us' | 'to us' | 'both ways'
  /** What goes from one to the other, in a few words: also the name of the test. */
  readonly what: string
}

export type Meet = (stranger: Stranger, meeting: Meeting, test: () => Promise<void>) => void

const isCi = process.env.CI === 'true'

/**
 * The meetings of one file, which are a section of the document. Where a program is not there the name of its test says
 * why it did not run; on a CI machine that is a failure.
 */
export function meetings(section: string): Meet {
  const rows: string[][] = []
  afterAll(() => {
    // CI looks at its clone and throws it away; a run of some tests alone would leave the others out.
    if (!isCi && rows.length > 1) writeSection('interop.md', section, `On ${circumstances()}.\n\n${table(rows)}`)
  })
  return ({ name, version, missing }, { direction, what }, test) => {
    const row = [name, version || 'none', direction, what, missing === null ? 'FAILED' : `skipped: ${missing}`]
    const title = `${name}: ${what}, ${direction}`
    it.skipIf(missing !== null && !isCi)(missing === null ? title : `${title} (${missing})`, async () => {
      if (missing !== null) throw new Error(`${missing}, and this is a CI machine`)
      rows.push(row)
      await test()
      row[4] = 'yes'
    })
    if (missing !== null) rows.push(row)
  }
}

function table(rows: readonly (readonly string[])[]): string {
  const head = ['program', 'version', 'direction', 'what went', 'whole']
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
