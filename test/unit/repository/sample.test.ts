import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'
import * as texts from '../../../scripts/sample/conversations.mjs'
import { lines, sample } from '../../../scripts/sample/messages.mjs'

const messages = sample(texts)
const week = 7 * 24 * 3600 * 1000

describe('the sample community', () => {
  it('is what its script writes, byte for byte', () => {
    expect(readFileSync(join(root, 'resources/sample/community.ndjson'), 'utf8')).toBe(lines(messages))
  })

  it('has a few hundred messages in four channels, by people we invented', () => {
    expect(messages.length).toBeGreaterThan(300)
    expect(new Set(messages.map(({ channel }) => channel))).toEqual(
      new Set(['general', 'stations', 'firmware', 'garden']),
    )
    expect(new Set(messages.map(({ author }) => author))).toEqual(new Set(texts.people))
  })

  it('covers twenty weeks, with silent ones between', () => {
    const first = Date.UTC(2025, 2, 3)
    const spoken = new Set(messages.map(({ timestamp }) => Math.floor((timestamp - first) / week)))
    const all = Array.from({ length: 20 }, (_, index) => index)
    expect(all.filter((index) => !spoken.has(index))).toEqual([5, 12, 13])
    expect([...spoken].every((index) => all.includes(index))).toBe(true)
  })

  it('exercises what text can hold: lines, tabs, code, quotes, emoji, several scripts', () => {
    const everything = messages.map(({ text }) => text).join('\n\n')
    for (const sign of ['\n', '\t', '```', '"', '«', '👋', 'ñ', '我', '’', '→']) expect(everything).toContain(sign)
  })
})
