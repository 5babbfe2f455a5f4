/** Databases of engines and of the service node that are found damaged: set aside, said, and begun anew. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Library } from '../../../src/main/distribution/codex/embedded/library.ts'
import { MessageArchive } from '../../../src/main/waku/service/archive.ts'

let folder: string
let warnings: string[]
const hear = (warning: Error) => warnings.push(warning.message)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-aside-'))
  warnings = []
  process.on('warning', hear)
})
afterEach(() => {
  process.off('warning', hear)
  rmSync(folder, { recursive: true, force: true })
})
const said = () => expect.poll(() => warnings.join()).toContain('is damaged. It was set aside')

it('a damaged message store of the service node makes way for an empty one', async () => {
  const file = join(folder, 'waku.sqlite')
  new MessageArchive(file).close()
  truncateSync(file, 4096 * 2)
  new MessageArchive(file).close()
  writeFileSync(file, 'no database '.repeat(500))
  new MessageArchive(file).close()
  await said()
  const damaged = readdirSync(folder).filter((name) => name.endsWith('.damaged'))
  expect(damaged).toHaveLength(2)
  expect(damaged.some((name) => readFileSync(join(folder, name), 'utf8').startsWith('no database'))).toBe(true)
})

it('a damaged catalogue of the Codex engine goes aside with its files, which are not deleted', async () => {
  await (await Library.open(folder)).close()
  mkdirSync(join(folder, 'datasets', 'of-the-past'))
  writeFileSync(join(folder, 'codex.sqlite'), 'no database '.repeat(500))
  await (await Library.open(folder)).close()
  await said()
  const [datasets] = readdirSync(folder).filter((name) => /^datasets\..*\.damaged$/.test(name))
  expect(existsSync(join(folder, datasets ?? '', 'of-the-past'))).toBe(true)
  expect(readdirSync(join(folder, 'datasets'))).toEqual([])
})
