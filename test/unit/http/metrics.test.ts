import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../src/main/http/metrics.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'
import { createFakeApi, type FakeOptions } from '../../support/fake-api.ts'

const ours: FakeOptions = {
  profiles: ['Ines Canary'],
  loggedIn: true,
  communities: [
    { name: 'Logbook', role: 'owner', weeks: 4, archives: 'published', channels: [{ name: 'notes', messages: 5 }] },
    { name: 'Reading', role: 'member', weeks: 1, archives: 'none', channels: [{ name: 'books', messages: 5 }] },
  ],
  transfers: [true, true, false].map((seeding) => ({
    communityId: `0x02${'00'.repeat(32)}` as CommunityId,
    engine: 'torrent' as const,
    link: 'magnet:?xt=urn:btih:canary' as ArchiveLink,
    seeding,
    peers: 2,
    bytesDone: 1,
    bytesTotal: 2,
    downloadRate: seeding ? 0 : 1000,
    uploadRate: seeding ? 500 : 0,
    pieces: { total: 0, here: 0, parts: [] },
    trouble: '',
  })),
}
const usage = () => ({ uptime: 12, processor: 1.5, memory: 4096 })

async function measure(options: FakeOptions) {
  const api = createFakeApi(options)
  const metrics = createMetrics({ api, browsers: () => 3, usage })
  const read = async () => {
    const { body } = await metrics.read()
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
  }
  return { api, metrics, read }
}

describe('metrics', () => {
  it('count what a node does', async () => {
    const { read } = await measure(ours)
    const samples = await read()
    expect(Object.fromEntries(samples)).toMatchObject({
      chronicle_logged_in: 1,
      chronicle_browsers: 3,
      'chronicle_communities{role="owner"}': 1,
      'chronicle_communities{role="member"}': 1,
      chronicle_network_online: 1,
      chronicle_network_peers: 6,
      chronicle_outbox_messages: 0,
      'chronicle_engine_running{engine="torrent"}': 1,
      'chronicle_transfers{engine="torrent",state="seeding"}': 2,
      'chronicle_transfers{engine="torrent",state="downloading"}': 1,
      'chronicle_transfer_peers{engine="torrent"}': 6,
      'chronicle_transfer_bytes_per_second{engine="torrent",direction="out"}': 1000,
      chronicle_uptime_seconds: 12,
      chronicle_processor_seconds: 1.5,
      chronicle_resident_memory_bytes: 4096,
    })
  })

  it('say each time what is, not what was', async () => {
    const { api, read } = await measure(ours)
    await read()
    expect((await read()).get('chronicle_transfers{engine="torrent",state="seeding"}')).toBe(2)
    await api.handle('profiles.logout', undefined)
    const after = await read()
    expect(after.get('chronicle_logged_in')).toBe(0)
    expect([...after.keys()].filter((name) => name.startsWith('chronicle_transfers'))).toEqual([])
  })

  it('are there when nobody is logged in, or logs out meanwhile', async () => {
    expect((await (await measure({})).read()).get('chronicle_logged_in')).toBe(0)
    const { api, read } = await measure(ours)
    api.fail('network.status', { code: 'not-logged-in', message: 'Nobody is logged in.', action: 'Log in.' })
    expect((await read()).get('chronicle_network_online')).toBe(0)
  })

  it('count what was turned away, by its status alone', async () => {
    const { metrics, read } = await measure({})
    metrics.refused(421)
    metrics.refused(421)
    expect((await read()).get('chronicle_refused_requests_total{status="421"}')).toBe(2)
  })

  it('name no person, community, channel or link', async () => {
    const { metrics } = await measure(ours)
    const { type, body } = await metrics.read()
    expect(type).toContain('text/plain')
    expect(body).not.toMatch(/canary|logbook|notes|0x[0-9a-f]{8}|magnet|127\.0/i)
  })
})
