import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { linkIdentity, readLinks } from '../../../src/main/archives/announced-links.ts'
import { checkIndex, indexCodec, refusalsOf, tally } from '../../../src/main/archives/index-codec.ts'
import { decideLink, noLinks } from '../../../src/main/archives/link-policy.ts'
import type { ArchiveLink, CommunityId, EngineKind, Millis, Seconds, Topic4 } from '../../../src/shared/domain.ts'

const cid = `0x02${'11'.repeat(32)}` as CommunityId
const clock = 10 as Millis
const HASH = '2a38cf533d13c7eb4d03461b19c7a2aa9dfdccd1'
const CID = 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz'
const strict = { trackers: false, peerScopes: new Set(['public'] as const) }
const open = { trackers: true, peerScopes: new Set(['public', 'private', 'loopback'] as const) }
const read = (
  link: string,
  rules: Parameters<typeof readLinks>[2] = strict,
  peers: string[] = [],
  otherLink: string | null = null,
) => readLinks({ clock, link, otherLink, peers }, cid, rules)

describe('R3.4 a link', () => {
  it('is not used but rebuilt: hash, community, nothing else', () => {
    const hostile = `magnet:?xt=urn:btih:${HASH.toUpperCase()}&dn=evil&xs=http://evil/x.torrent&ws=http://evil&as=http://evil&tr=udp://evil:1&x.pe=127.0.0.1:80&x.pe=8.8.8.8:6881&x.pe=evil.example:1`
    expect(read(hostile)).toEqual([
      {
        communityId: cid,
        clock,
        engine: 'torrent',
        link: `magnet:?xt=urn:btih:${HASH}&dn=${cid}`,
        hints: ['8.8.8.8:6881'],
        problem: null,
        from: null,
      },
    ])
    const [lenient] = read(hostile, open)
    expect(lenient?.link).toBe(`magnet:?xt=urn:btih:${HASH}&dn=${cid}&tr=udp%3A%2F%2Fevil%3A1`)
    expect(lenient?.hints).toEqual(['127.0.0.1:80', '8.8.8.8:6881'])
  })

  it('said again from elsewhere is the same link', () => {
    const from = (peer: string) => read(`magnet:?xt=urn:btih:${HASH}&x.pe=${peer}`, open)[0]?.link
    expect(from('10.0.0.1:1')).toBe(from('10.0.0.2:2'))
    expect(linkIdentity('torrent', `magnet:?xt=urn:btih:${HASH}&dn=x&tr=y` as ArchiveLink)).toBe(HASH)
    expect(linkIdentity('codex', CID as ArchiveLink)).toBe(CID)
  })

  it('carries at most 16 addresses, those of the announcement among them', () => {
    const peers = Array.from({ length: 40 }, (_, i) => `9.9.9.${i}:1`)
    expect(read(CID, strict, peers)[0]?.hints.length).toBe(16)
    expect(read(`magnet:?xt=urn:btih:${HASH}`, strict, ['9.9.9.9:1'])[0]?.hints).toEqual(['9.9.9.9:1'])
  })

  it('that cannot be used says why', () => {
    expect(read('')[0]?.problem).toBe('empty-link')
    expect(read('https://example.invalid/x')[0]?.problem).toBe('unknown-link')
    expect(read('zNotACid')[0]?.problem).toBe('unknown-link')
    expect(read('magnet:?dn=x')[0]?.problem).toBe('unsafe-link')
  })

  it('R3.2 of both engines in one announcement is two links', () => {
    expect(read(`magnet:?xt=urn:btih:${HASH}`, strict, [], CID).map(({ engine }) => engine)).toEqual([
      'torrent',
      'codex',
    ])
    expect(read(CID, strict, [], '').length).toBe(1)
  })
})

const text = readFileSync(
  process.env.CHRONICLE_VECTORS ?? new URL('../../vectors/vectors.json', import.meta.url),
  'utf8',
)
const state = z.object({ clock: z.number(), lastLink: z.string() })
const { announcementState } = z
  .object({
    announcementState: z.object({
      steps: z.array(
        z.object({
          stored: state,
          msg: z.object({ clock: z.number(), link: z.string() }),
          act: z.string(),
          storeClock: z.number(),
        }),
      ),
    }),
  })
  .parse(JSON.parse(text))

describe('the vectors’ receiver', () => {
  it.each(announcementState.steps.map((step, i) => [i, step] as const))(
    'step %i',
    (_i, { stored, msg, act, storeClock }) => {
      const decision = decideLink(
        { ...noLinks, codex: stored },
        {
          now: 1000 as Millis,
          known: true,
          historyArchives: true,
          owner: false,
          joined: true,
          interval: 0,
          running: new Set<EngineKind>(['codex']),
        },
        {
          communityId: cid,
          clock: msg.clock as Millis,
          engine: 'codex',
          link: msg.link as ArchiveLink,
          problem: null,
          from: null,
        },
      )
      const names = { 'same-link': 'ignore-same-link', outdated: 'ignore-old' } as Record<string, string>
      expect(decision.act === 'ignore' ? names[decision.reason] : decision.act).toBe(act)
      expect(decision.act === 'process' ? decision.state.codex.clock : stored.clock).toBe(storeClock)
    },
  )
})

describe('an index', () => {
  const entry = (from: number, to: number, size: number) => {
    const made = {
      from: from as Seconds,
      to: to as Seconds,
      topics: ['c09a9d22' as Topic4],
      locator: { kind: 'torrent' as const, offset: 0, size, padding: 0 },
    }
    return { ...made, id: indexCodec('torrent').identify(made) }
  }
  const check = async (...entries: ReturnType<typeof entry>[]) =>
    checkIndex(await indexCodec('torrent').encode(entries), 'torrent', 1_700_000_000_000 as Millis)

  it('that claims an archive of 2 GB, or one of the future, is not believed', async () => {
    const { entries, refused } = await check(entry(1, 2, 102_400 * 20_000))
    expect([entries, refused.map(({ reason }) => reason)]).toEqual([[], ['TOO_LARGE']])
    const future = await check(entry(1, 1_700_000_000 + 86_401, 102_400))
    expect(future.refused.map(({ reason }) => reason)).toEqual(['BAD_TIME_RANGE'])
    expect((await check(entry(1, 1_700_000_000 + 86_400, 102_400))).entries.length).toBe(1)
  })

  it('of 100,000 entries is refused whole, before any of them is hashed', () => {
    const one = Buffer.from([10, 6, 10, 1, 0x61, 18, 1, 0])
    const many = Buffer.concat(new Array<Buffer>(100_000).fill(one))
    expect(() => checkIndex(many, 'torrent', 1_700_000_000_000 as Millis)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })

  it('that lies many times is told of once for each reason', async () => {
    const lies = [1, 2, 3].map((from) => entry(from, from, 102_400))
    const told = tally(await check(...lies, entry(1, 2, 102_400 * 20_000)))
    expect(told.counts).toEqual({ BAD_TIME_RANGE: 3, TOO_LARGE: 1 })
    expect(refusalsOf(told, 'refused').toSorted()).toEqual([
      'BAD_TIME_RANGE: 3 entries of the index are refused: its time range is empty',
      'TOO_LARGE: an entry of the index is refused: it is longer than any archive',
    ])
  })
})
