/** A vectors file that says less than it must is no proof of anything. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadVectors, parseVectors, SECTIONS } from './file.ts'

const text = readFileSync(fileURLToPath(new URL('../../../vectors/vectors.json', import.meta.url)), 'utf8')
const sections = () => z.record(z.string(), z.unknown()).parse(JSON.parse(text))

describe('a vectors file', () => {
  it('is accepted as it stands', () => {
    expect(Object.keys(parseVectors(text)).toSorted()).toEqual(SECTIONS.toSorted())
  })

  it('has no section that is not tested', () => {
    expect(Object.keys(sections()).toSorted()).toEqual(SECTIONS.toSorted())
  })

  it.each(SECTIONS)('is refused without its section %s', (section) => {
    const rest = Object.fromEntries(Object.entries(sections()).filter(([name]) => name !== section))
    expect(() => parseVectors(JSON.stringify(rest))).toThrow()
  })

  it.each(SECTIONS.filter((section) => section !== 'meta'))('is refused with an empty section %s', (section) => {
    const empty = Array.isArray(sections()[section]) ? [] : typeof sections()[section] === 'string' ? '' : {}
    expect(() => parseVectors(JSON.stringify({ ...sections(), [section]: empty }))).toThrow()
  })

  it('is refused if it cannot be read', () => {
    expect(() => loadVectors('/nonexistent/vectors.json')).toThrow('cannot be used')
    expect(() => parseVectors(text.slice(0, -10))).toThrow()
  })
})
