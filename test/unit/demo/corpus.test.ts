import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCorpus } from '../../../src/main/demo/corpus.ts'

const line = (over: Record<string, unknown> = {}) =>
  JSON.stringify({ channel: 'general', author: 'Ada', timestamp: 1_700_000_000_000, text: 'hello', ...over })

describe('a corpus', () => {
  let folder: string
  const write = async (name: string, content: string | Uint8Array) => {
    const file = join(folder, name)
    await writeFile(file, content)
    return file
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronicle-corpus-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is read the same plain and gzipped', async () => {
    const text = `${line()}\n\n${line({ text: 'two\nlines' })}\n`
    const plain = await readCorpus(await write('a.ndjson', text))
    expect(plain.map((message) => message.text)).toEqual(['hello', 'two\nlines'])
    expect(await readCorpus(await write('a.ndjson.gz', gzipSync(text)))).toEqual(plain)
  })

  it('comes in order of time, and messages of one instant in one channel get clocks of their own', async () => {
    const file = await write(
      'a.ndjson',
      [
        line({ timestamp: 2000 }),
        line({ timestamp: 1000 }),
        line({ timestamp: 2000 }),
        line({ channel: 'b', timestamp: 2000 }),
      ].join('\n'),
    )
    expect((await readCorpus(file)).map((message) => [message.channel, message.timestamp, message.clock])).toEqual([
      ['general', 1000, 1000],
      ['general', 2000, 2000],
      ['general', 2000, 2001],
      ['b', 2000, 2000],
    ])
  })

  it.each([
    ['not JSON', 'nonsense', 'line 2: is not JSON'],
    ['an empty author', line({ author: '' }), 'line 2: author must have 1 to 100 characters'],
    ['a name of 101 characters', line({ channel: 'x'.repeat(101) }), 'line 2: channel must have 1 to 100 characters'],
    ['an empty text', line({ text: ' \n' }), 'line 2: text must not be empty'],
    ['a time that is none', line({ timestamp: '2020' }), 'line 2: timestamp'],
  ])('with %s is refused, and says where', async (_name, bad, told) => {
    await expect(readCorpus(await write('a.ndjson', `${line()}\n${bad}\n`))).rejects.toThrow(told)
  })

  it('takes names of 100 characters outside the basic plane', async () => {
    const author = '🦊'.repeat(100)
    expect((await readCorpus(await write('a.ndjson', line({ author }))))[0]?.author).toBe(author)
  })

  it('that is empty, absent or a broken gzip is refused', async () => {
    await expect(readCorpus(await write('a.ndjson', '\n'))).rejects.toThrow('holds no message')
    await expect(readCorpus(join(folder, 'none.ndjson'))).rejects.toThrow('ENOENT')
    await expect(readCorpus(await write('a.ndjson.gz', 'plain'))).rejects.toThrow('incorrect header')
  })
})
