/** The main job through the composed node: real Waku, real torrents, real databases, on loopback. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, readCorpus, runDemo } from '../../../src/main/demo/index.ts'
import type { Inhabitant } from '../../../src/main/demo/inhabitant.ts'
import { until } from '../../../src/main/demo/until.ts'
import type { ArchiveLink, MessageId } from '../../../src/shared/domain.ts'
import { announcementBy } from '../../support/stranger.ts'

const PIECE = 102_400
const quiet = { update: () => {}, done: () => 0 }
let folder: string
let demo: Demo

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-main-job-'))
  const corpus = await readCorpus('resources/sample/community.ndjson')
  demo = await runDemo({ corpus, members: 2, folder, step: () => quiet, signal: AbortSignal.timeout(110_000) })
}, 120_000)

afterAll(async () => {
  await demo?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

const signal = () => AbortSignal.timeout(60_000)

/** Resolves when the member has followed `link` to its end. */
const restored = (member: Inhabitant, link: ArchiveLink) =>
  until(
    signal(),
    (changed) => member.node.events.on('history.changed', changed),
    async () => {
      const { links } = await member.node.archives.history(demo.communityId)
      const hash = /btih:([0-9a-f]{40})/.exec(link)?.[1] ?? 'none'
      return links.some((one) => one.link.includes(hash) && one.state === 'done')
    },
  )

const currentLink = async () => {
  const link = (await demo.owner.node.archives.publication(demo.communityId))?.links[0]?.link
  if (link === undefined) throw new Error('nothing is published')
  return link
}

describe('a community whose store node has forgotten everything', () => {
  it('is restored by every member, message by message, from the archives alone', () => {
    expect(demo.result.store.after).toBeLessThan(demo.result.input.messages)
    expect(demo.result.members).toHaveLength(2)
    for (const member of demo.result.members) {
      expect(member).toMatchObject({ imported: demo.result.input.messages, rejected: 0, identical: true })
      expect(member.downloadedArchives).toBe(demo.result.archives.length)
    }
  })

  it('§13.19 is history to them, not news: nothing of it is unread', async () => {
    for (const { node } of demo.members) expect(await node.reading.unread(demo.communityId)).toEqual([])
  })

  it('has one archive for each week in which somebody spoke, none overlapping, none empty', () => {
    const { archives } = demo.result
    for (const [index, archive] of archives.entries()) {
      expect(archive.messages).toBeGreaterThan(0)
      expect(archive.to - archive.from).toBe(7 * 24 * 3600)
      expect(archive.from).toBeGreaterThanOrEqual(archives[index - 1]?.to ?? 0)
    }
    expect(archives.reduce((sum, { messages }) => sum + messages, 0)).toBe(demo.result.input.messages)
  })

  it('R4.6 ignores, and counts, a link signed by another key', async () => {
    const [member] = demo.members
    if (member === undefined) throw new Error('no member')
    const before = await member.node.store.counters.list(demo.communityId)
    const forged = await announcementBy(demo.owner.random, demo.communityId, await currentLink())
    const counted = until(
      signal(),
      (changed) => {
        const timer = setInterval(changed, 50)
        return () => clearInterval(timer)
      },
      async () => {
        const after = await member.node.store.counters.list(demo.communityId)
        return (after['wrong-signer'] ?? 0) > (before['wrong-signer'] ?? 0)
      },
    )
    await demo.owner.node.waku.publish(forged)
    await counted
    expect((await member.node.archives.history(demo.communityId)).links).toHaveLength(1)
  })

  it('costs a member only the new pieces and the index when one more week is published', async () => {
    const { owner, communityId, members } = demo
    const [channel] = owner.node.communities.get(communityId).channels
    if (channel === undefined) throw new Error('no channel')
    const before = members.map(({ node }) => node.engines.totals().downloaded)
    const hashed = owner.node.engines.totals().hashed
    const ids: MessageId[] = []
    for (const text of ['one more week', 'and its second message'])
      ids.push(await owner.node.posting.post({ chatId: channel.chatId, text }))
    expect(await owner.node.archives.archiveNow(communityId)).toBe(1)
    const link = await currentLink()
    await Promise.all(members.map((member) => restored(member, link)))

    const archives = await owner.node.store.archives.list(communityId)
    const index = 300 * archives.length
    for (const [position, member] of members.entries()) {
      const cost = member.node.engines.totals().downloaded - (before[position] ?? 0)
      expect(cost).toBeGreaterThanOrEqual(PIECE)
      expect(cost).toBeLessThan(PIECE + index + 16_384)
      for (const id of ids) expect((await member.node.store.messages.get(communityId, id))?.text).toBeTruthy()
    }
    const cost = owner.node.engines.totals().hashed - hashed
    expect(cost).toBeGreaterThan(PIECE)
    expect(cost).toBeLessThan(PIECE + index)
  })
})
