import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../../../src/main/distribution/engine.ts'
import { quiet, START, Stage, texts, WEEK } from './support/home.ts'
import { communityId } from './support/people.ts'
import { announced, type NodeOptions, until } from './support/world.ts'

let stage: Stage
const open = (options: Partial<NodeOptions>) => stage.open(options)
const home = (weeks: number, options: Partial<NodeOptions> = {}) => stage.home(weeks, options)

beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.close())

describe('R5.2 with two engines', () => {
  it('takes from the other what one cannot bring, and imports each message once', async () => {
    const { first } = await home(3, { kinds: ['torrent', 'codex'] })
    expect(first.links.map(({ engine }) => engine)).toEqual(['torrent', 'codex'])
    const guest = await open({ kinds: ['torrent', 'codex'], preference: { first: 'torrent', fallback: true } })
    const gone = () => new EngineError('timeout', 'nobody answers')
    guest.engine.trouble.fail.fetch = Array.from({ length: 100 }, gone)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(async () => (await guest.texts()).length === 3, 'the history')
    await quiet(guest)
    const rows = await guest.store.downloads.archives(communityId)
    expect(rows.filter(({ state }) => state === 'imported').map(({ engine }) => engine)).toEqual([
      'codex',
      'codex',
      'codex',
    ])
  })

  it('an engine that goes while it fetches stops nothing: the other brings each partition, once', async () => {
    const { first } = await home(6, { kinds: ['torrent', 'codex'] })
    const guest = await open({ kinds: ['torrent', 'codex'], preference: { first: 'torrent', fallback: true } })
    let asked = 0
    guest.engine.trouble.before = async (entry) => {
      asked += Number(entry !== null)
      if (asked < 2) return
      guest.down.add('torrent')
      throw new EngineError('unavailable', 'the torrent engine is not running')
    }
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(async () => (await guest.texts()).length === 6, 'the history')
    await quiet(guest)
    const rows = (await guest.store.downloads.archives(communityId)).filter(({ state }) => state === 'imported')
    expect(rows).toHaveLength(6)
    expect(new Set(rows.map(({ entry }) => entry.to)).size).toBe(6)
    expect(rows.filter(({ engine }) => engine === 'codex').length).toBeGreaterThanOrEqual(5)
  })

  it('what one engine brought of a partition stands for nothing once it is gone: the other brings all of it', async () => {
    const { node, more } = await home(1, { kinds: ['torrent', 'codex'] })
    await node.hear({ at: START + 60, text: 'late' })
    const newest = await more(1, 2)
    const guest = await open({
      kinds: ['torrent', 'codex'],
      preference: { first: 'codex', fallback: true },
      restoration: { parallel: 1 },
    })
    const [torrent, codex] = guest.engines
    if (!torrent || !codex) throw new Error('two engines were asked for')
    const rows = async (state: string) =>
      (await guest.store.downloads.archives(communityId)).filter((row) => row.state === state)
    codex.trouble.before = async () => {
      if (codex.fetched.length < 2) return
      await until(async () => (await rows('imported')).length === 2, 'half of a week')
      guest.down.add('codex')
      throw new EngineError('unavailable', 'the codex engine is not running')
    }
    await guest.archives.announced(communityId, announced(newest), 'join-response')
    await until(async () => (await guest.texts()).length === 3, 'the history')
    await quiet(guest)
    const imported = await rows('imported')
    const older = imported.filter(({ entry }) => entry.from < START + WEEK / 2)
    expect(older.map(({ engine }) => engine).sort()).toEqual(['codex', 'torrent', 'torrent'])
    expect(imported).toHaveLength(4)
    expect(torrent.fetched).toHaveLength(2)
    expect([...(await guest.texts())].sort()).toEqual(['late', 'week 0', 'week 1'])
  })

  it('R5.1 the preferred engine brings everything, although the other one has its index sooner', async () => {
    const { first } = await home(3, { kinds: ['torrent', 'codex'] })
    const guest = await open({ kinds: ['torrent', 'codex'], preference: { first: 'codex', fallback: true } })
    const [torrent, codex] = guest.engines
    if (!torrent || !codex) throw new Error('two engines were asked for')
    const fetched: string[] = []
    torrent.trouble.before = async (entry) => {
      if (entry !== null) fetched.push(entry.id)
    }
    codex.trouble.before = async (entry) => {
      if (entry !== null) return
      await until(async () => guest.signals.some(({ name }) => name === 'indexDownloadCompleted'), 'the other index')
      // Whatever that one would fetch at once, it has asked for after this.
      await guest.store.downloads.archives(communityId)
    }
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(async () => (await guest.texts()).length === 3, 'the history')
    await quiet(guest)
    expect(fetched).toEqual([])
    const rows = await guest.store.downloads.archives(communityId)
    expect(new Set(rows.filter(({ state }) => state === 'imported').map(({ engine }) => engine))).toEqual(
      new Set(['codex']),
    )
  })

  it('R5.1 an engine that never answers does not hold up the other', async () => {
    const { first } = await home(2, { kinds: ['torrent', 'codex'] })
    const guest = await open({ kinds: ['torrent', 'codex'] })
    guest.engine.trouble.fail.openIndex = Array.from(
      { length: 100 },
      () => new EngineError('timeout', 'nobody answers'),
    )
    await guest.archives.announced(communityId, announced(first), 'join-response')
    await until(async () => (await guest.texts()).length === 2, 'the history')
    const links = await guest.store.downloads.links(communityId)
    expect(links.find(({ engine }) => engine === 'codex')?.state).toBe('done')
  })

  it('R5.1 a switch forbids the other engine, and once it is lifted the other brings what was missing', async () => {
    const { first } = await home(2, { kinds: ['torrent', 'codex'] })
    const preference = { first: 'torrent' as const, fallback: false }
    const guest = await open({ kinds: ['torrent', 'codex'], preference })
    const gone = () => new EngineError('timeout', 'nobody answers')
    guest.engine.trouble.fail.openIndex = Array.from({ length: 1000 }, gone)
    await guest.archives.announced(communityId, announced(first), 'join-response')
    const codexLink = async () =>
      (await guest.store.downloads.links(communityId)).find(({ engine }) => engine === 'codex')
    await until(async () => (await codexLink()) !== undefined, 'the link')
    await guest.archives.preferenceChanged()
    expect((await codexLink())?.state).toBe('accepted')
    expect(await guest.texts()).toEqual([])
    preference.fallback = true
    await guest.archives.preferenceChanged()
    await until(async () => (await guest.texts()).length === 2, 'the history')
    expect((await codexLink())?.state).toBe('done')
  })

  it('R3.2 a member with only one engine follows its link of the two', async () => {
    const { first } = await home(2, { kinds: ['torrent', 'codex'] })
    const guest = await open({ kinds: ['codex'] })
    const decisions = await guest.archives.announced(communityId, announced(first), 'join-response')
    expect(decisions.map(({ act }) => act)).toEqual(['ignore', 'process'])
    await quiet(guest)
    expect(await guest.texts()).toEqual(texts(0, 2))
  })
})
