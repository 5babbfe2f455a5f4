/** SECURITY.md names a test for each attack: the file is there, and the test in it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'

const [, section = ''] = readFileSync(join(root, 'SECURITY.md'), 'utf8').split('\n## Attacks')
const [table = ''] = section.split('\n## ')
/** Of each attack: its name, and what its last cell says, a file in backticks and a title. */
const attacks = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(cells.at(-2) ?? '') ?? []
    return [cells[1] ?? '', file, title] as const
  })

describe('SECURITY.md', () => {
  it('names attacks', () => {
    expect(attacks.length).toBeGreaterThan(25)
  })

  it.each(attacks)('shows what stops: %s', (_attack, file, title) => {
    const path = join(root, file)
    expect([file, file !== '' && existsSync(path)]).toEqual([file, true])
    const tests = readFileSync(path, 'utf8')
    expect(tests).toContain(`('${title}'`)
  })
})
