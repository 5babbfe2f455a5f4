import { describe, expect, it } from 'vitest'
import { EngineError, type EngineStatus } from '../../../src/main/distribution/engine.ts'
import { noPieces } from '../../../src/main/distribution/piece-map.ts'
import { Troubles } from '../../../src/main/distribution/troubles.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'

const community = '0x02aa' as CommunityId
const [first, second] = ['magnet:?first' as ArchiveLink, 'magnet:?second' as ArchiveLink]
const status = (...links: readonly ArchiveLink[]): EngineStatus => ({
  ...{ state: 'running', error: '', addresses: [], downloaded: 0, uploaded: 0, hashed: 0 },
  transfers: links.map((link) => ({
    ...{ communityId: community, link, seeding: true, peers: 1, pieces: noPieces, trouble: '' },
    ...{ bytesDone: 1, bytesTotal: 2, downloadRate: 0, uploadRate: 0 },
  })),
})
const failure = (code: 'timeout' | 'aborted') => () => Promise.reject(new EngineError(code, 'Nobody answered.'))

describe('the trouble of a link', () => {
  it('is what failed last, until something under it succeeds', async () => {
    let changes = 0
    const troubles = new Troubles(() => changes++)
    await expect(troubles.watch(community, first, failure('timeout'))).rejects.toThrow('Nobody answered.')
    expect(troubles.told(status(first, second)).transfers.map(({ trouble }) => trouble)).toEqual([
      'Nobody answered.',
      '',
    ])
    const before = changes
    expect(await troubles.watch(community, first, async () => 7)).toBe(7)
    expect(changes).toBe(before + 1)
    expect(troubles.told(status(first))).toEqual(status(first))
  })

  it('is told where nothing of the link is here yet, and while it is only looked for', async () => {
    const troubles = new Troubles(() => {})
    const found = Promise.withResolvers<void>()
    const looking = troubles.watch(community, first, () => found.promise)
    expect(troubles.told(status()).transfers).toMatchObject([{ link: first, bytesTotal: 0, trouble: '' }])
    found.resolve()
    await looking
    expect(troubles.told(status()).transfers).toEqual([])
    await troubles.watch(community, first, failure('timeout')).catch(() => {})
    expect(troubles.told(status()).transfers).toMatchObject([{ link: first, trouble: 'Nobody answered.' }])
  })

  it('is over when a newer link is followed, when the link is forgotten, and was none where a person cancelled', async () => {
    const troubles = new Troubles(() => {})
    await troubles.watch(community, first, failure('timeout')).catch(() => {})
    await troubles.watch(community, second, failure('aborted')).catch(() => {})
    expect(troubles.told(status()).transfers).toEqual([])
    await troubles.watch(community, second, failure('timeout')).catch(() => {})
    troubles.forget(community, second)
    expect(troubles.told(status()).transfers).toEqual([])
  })
})
