/**
 * The five functional scenarios of PROTOCOL.md §11 over whole nodes, each in a process of its own, with a store node, real
 * engines and real time. CHRONICLE_ENGINE=torrent|codex|both chooses how archives travel; CHRONICLE_SCENARIOS=all adds T1,
 * which has to outlast the store node's memory.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { Millis } from '../../src/shared/domain.ts'
import { all, engine, enginesOfT5 } from './support/selection.ts'
import { Stage, type StageOptions } from './support/stage.ts'

const stages: Stage[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

async function open(options: StageOptions): Promise<Stage> {
  const stage = await Stage.open(options)
  stages.push(stage)
  return stage
}

const CREATED = 'historyArchivesCreated'
const INDEX = 'indexDownloadCompleted'
const SEEDING = 'historyArchivesSeeding'

describe(`PROTOCOL.md §11 over ${engine}`, () => {
  it('T2 messages of the first channel become an archive', async () => {
    const stage = await open({ title: 'T2', engine })
    const creator = await stage.person('creator')
    const { id } = await creator.found('T2', ['general'])
    expect(await creator.hasArchive(id)).toBe(false)
    await creator.say(await creator.channel(id, 'general'), 'first')
    await creator.signal(CREATED, id, 20)
    expect(await creator.hasArchive(id)).toBe(true)
  })

  it('T3 where nobody says anything there is no archive', async () => {
    const stage = await open({ title: 'T3', engine })
    const creator = await stage.person('creator')
    const { id } = await creator.found('T3')
    const silence = creator.signal(CREATED, id, 20)
    await expect(silence).rejects.toThrow('not within')
    expect(await creator.hasArchive(id)).toBe(false)
  })

  it('T4 every interval with messages adds one archive to the index', async () => {
    const stage = await open({ title: 'T4', engine })
    const creator = await stage.person('creator')
    const member = await stage.person('member')
    const { id } = await creator.found('T4')
    const chatId = await creator.addChannel(id, 'chat')
    await member.join(id)
    await member.channel(id, 'chat')
    for (const n of [1, 2]) {
      await creator.say(chatId, `message ${n}`)
      await creator.signal(CREATED, id, 20, n)
      await Promise.all([member.signal(INDEX, id, 10, n), member.signal(SEEDING, id, 10, n)])
      await member.until(`has ${n} archives`, 10, async () => (await member.archives(id)).length === n)
    }
    expect(await member.texts(chatId)).toEqual(['message 1', 'message 2'])
  })
})

if (all)
  describe(`PROTOCOL.md §11 over ${engine}`, () => {
    it('T1 a member who comes when the store has forgotten reads the archive', async () => {
      // Shorter than the wait for the archive: it is the only source that is left.
      const stage = await open({ title: 'T1', engine, interval: 80_000 as Millis, retention: 60_000 })
      const creator = await stage.person('creator')
      const member = await stage.person('member')
      const { id } = await creator.found('T1')
      expect(await creator.hasArchive(id)).toBe(false)
      const chatId = await creator.addChannel(id, 'chat')
      await member.join(id)
      expect(await member.channel(id, 'chat')).toBe(chatId)
      await creator.say(chatId, 'Hi @member')
      await member.reads(chatId, 'Hi @member')
      expect(await member.hasArchive(id)).toBe(false)

      await creator.signal(CREATED, id, 90)
      expect(await creator.hasArchive(id)).toBe(true)
      await Promise.all([member.signal(INDEX, id, 10), member.signal(SEEDING, id, 10)])
      await member.until('has the archive', 10, () => member.hasArchive(id))
      expect(await member.archives(id)).toHaveLength(1)

      await stage.prune()
      const another = await stage.person('another member')
      await another.join(id)
      await another.channel(id, 'chat')
      await Promise.all([
        another.signal(INDEX, id, 10),
        another.signal(SEEDING, id, 10),
        another.signal('importingHistoryArchiveMessages', id, 10),
        another.signal('downloadingHistoryArchivesFinished', id, 10),
      ])
      await another.reads(chatId, 'Hi @member')
      const [message] = await another.messages(chatId)
      expect(message).toMatchObject({ text: 'Hi @member', source: 'archive' })
      expect(await another.archives(id)).toHaveLength(1)
    })
  })

describe.each(enginesOfT5)('PROTOCOL.md §11 over %s', (each) => {
  it('T5 an announcement made while the member was out is found when it logs in', async () => {
    const stage = await open({ title: 'T5', engine: each })
    const creator = await stage.person('creator')
    const member = await stage.person('member')
    const { id } = await creator.found('T5')
    const chatId = await creator.addChannel(id, 'chat')
    await member.join(id)
    await member.channel(id, 'chat')
    await creator.say(chatId, 'before the member leaves')
    await member.reads(chatId, 'before the member leaves')
    expect([await creator.hasArchive(id), await member.hasArchive(id)]).toEqual([false, false])

    await member.logout()
    await creator.signal(CREATED, id, 20)
    await member.login()
    await Promise.all([member.signal(INDEX, id, 20), member.signal(SEEDING, id, 20)])
    await member.until('has the archive', 20, () => member.hasArchive(id))
    expect(await member.texts(chatId)).toEqual(['before the member leaves'])
  })
})
