/** RULES.md R8.2 for imports: SIGKILL at their crash points; the next start goes on, and nothing is missed or doubled. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportedMessage, exportText } from '../../support/discord-export.ts'

const child = fileURLToPath(new URL('../../support/import-child.ts', import.meta.url))
const MESSAGES = 900

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-import-kill-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(point: string) {
  const args = ['--no-warnings', child, folder, join(folder, 'general.json'), point]
  const { signal, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { signal, result: stdout === '' ? null : JSON.parse(stdout) }
}

describe('R8.2 an import that is killed', () => {
  it.each(['imports.batch:before@2', 'imports.batch:after@2'])('at %s goes on from there', (point) => {
    const messages = Array.from({ length: MESSAGES }, (_, n) => exportedMessage(n, { isPinned: n % 300 === 0 }))
    writeFileSync(join(folder, 'general.json'), exportText({ messages }))
    expect(run(point)).toEqual({ signal: 'SIGKILL', result: null })
    const counts = { state: 'done', read: MESSAGES, added: MESSAGES, messages: MESSAGES }
    expect(run('')).toMatchObject({ signal: null, result: counts })
    // Three pins, each a record of its own; whatever else the owner's node kept is not of the import.
    expect(run('').result.records - MESSAGES).toBeGreaterThanOrEqual(3)
  })
})
