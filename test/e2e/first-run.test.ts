/** From the first start to reading, over a made-up node, with every click counted; and the pages of the app's own. */
import { describe, expect, it } from 'vitest'
import type { Millis } from '../../src/shared/domain.ts'
import { type FakeOptions, fakePassword } from '../support/fake-api.ts'
import { fakeCommunityId, fakeLink, fakeNow } from '../support/fake-world.ts'
import { overflows, problemsOf } from './axe.ts'
import { type FakeSurface, type FakeSurfaceOptions, fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

async function start(options: FakeOptions, more: FakeSurfaceOptions = {}): Promise<FakeSurface> {
  return await openSurface(options, more)
}
const id = fakeCommunityId(1)
const called = (surface: FakeSurface, name: string) =>
  surface.api.calls.filter((call) => call.name === name).map(({ input }) => input)

describe('the first run', () => {
  it('from nothing to a community that is being fetched in under 12 clicks, its network chosen on the way', async () => {
    const surface = await start({})
    const { page } = surface
    await page.evaluate(() => {
      document.documentElement.dataset.clicks = '0'
      window.addEventListener(
        'pointerdown',
        () => {
          document.documentElement.dataset.clicks = String(Number(document.documentElement.dataset.clicks) + 1)
        },
        true,
      )
    })
    await page.getByLabel('Name').click()
    await page.keyboard.type('Ines Ferro')
    await page.getByLabel('Password', { exact: true }).click()
    await page.keyboard.type('a password for this test')
    await page.getByRole('button', { name: 'Create profile' }).click()
    await page.getByLabel('I wrote it down').click()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Which network should Chronicle use?' }).waitFor()
    expect(await problemsOf(page)).toEqual([])
    await page.getByRole('radio', { name: 'The local network' }).click()
    await page.getByRole('radio', { name: 'The local network', checked: true }).waitFor()
    await page.getByRole('button', { name: 'Join a community' }).click()
    await page.getByLabel('Community id').click()
    await page.keyboard.insertText(id)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByRole('heading', { name: /^Looking for community/ }).waitFor()
    const clicks = await page.evaluate(() => Number(document.documentElement.dataset.clicks))
    expect(clicks).toBeGreaterThan(5)
    expect(clicks).toBeLessThan(12)
    expect(called(surface, 'settings.set')).toEqual([{ reach: 'lan' }])
  })
})

const member: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    { name: 'Logbook', role: 'member', weeks: 9, archives: 'imported', channels: [{ name: 'general', messages: 3 }] },
  ],
  transfers: [
    {
      ...{ communityId: id, engine: 'torrent', link: fakeLink(1), seeding: true, peers: 3 },
      ...{ bytesDone: 400_000, bytesTotal: 845_000, downloadRate: 61_000, uploadRate: 6_200 },
      pieces: { total: 8, here: 4, parts: [100, 100, 40, 0, 100, 60, 0, 0] },
      trouble: 'Nobody who has the rest answers.',
    },
  ],
  waiting: [
    {
      ...{ createdAt: (fakeNow - 60_000) as Millis, attempts: 2, nextAt: (fakeNow + 60_000) as Millis },
      lastError: 'No service node took it.',
    },
  ],
}

describe('the pages of the app', () => {
  it('the network says who reaches this node, its shards, how far stores were asked, and what waits', async () => {
    const { page } = await start(member, { hash: '#/network', viewport: { width: 640, height: 720 } })
    await page.getByRole('region', { name: 'Outbox' }).getByText('No service node took it.').waitFor()
    await page.getByText('/waku/2/rs/16/32, /waku/2/rs/16/64').waitFor()
    await page.getByRole('region', { name: 'Stores asked up to' }).getByText('Logbook').waitFor()
    expect(await problemsOf(page)).toEqual([])
    expect(await overflows(page)).toBe(false)
  })

  it('transfers are limited where they are seen, and an engine in trouble is named', async () => {
    const trouble = 'The port is taken. Choose another one.'
    const surface = await start(
      {
        ...member,
        engines: [{ engine: 'codex', state: 'failed', trouble, addresses: [], node: null }],
      },
      { hash: '#/transfers' },
    )
    const { page } = surface
    await page.getByText(trouble).waitFor()
    await page
      .getByRole('figure')
      .getByText(/^Down 61 kB\/s/)
      .waitFor()
    await page.getByRole('img', { name: /^4 of 8 pieces are here: from 0 to 25 %, from 50 to 63 %$/ }).waitFor()
    await page.getByText('Nobody who has the rest answers.').waitFor()
    await page.getByLabel('Upload, kB/s').fill('3')
    await page.getByText('At least 17').waitFor()
    await page.getByLabel('Upload, kB/s').fill('250')
    await page.getByLabel('Upload, kB/s').press('Enter')
    await expect.poll(() => called(surface, 'settings.set')).toEqual([{ uploadLimit: 250_000 }])
    expect(await problemsOf(page)).toEqual([])
  })

  it('Codex peers are entered, looked for nearby, and found by a DHT that says what it shows', async () => {
    const surface = await start(member, { hash: '#/settings' })
    const { page } = surface
    const codex = page.getByRole('region', { name: 'Codex' })
    await codex.getByLabel('Codex peers', { exact: true }).fill('192.0.2.1')
    await codex.getByText('“192.0.2.1” is not the address of a Codex peer').waitFor()
    const peer = '/ip4/192.0.2.1/tcp/8070/p2p/16Uiu2HAmVkKntsECaYfefR1V2yCR79CegLATuTPE6B9TxgxBiiiA'
    await codex.getByLabel('Codex peers', { exact: true }).fill(peer)
    await codex.getByRole('button', { name: 'Save peers' }).press('Enter')
    await codex.getByText('Only programs on this computer are reached now').waitFor()
    await codex.getByRole('switch', { name: /local network/ }).press('Space')
    await codex.getByLabel('Nodes by which the DHT is entered').fill(`spr:${'A'.repeat(60)}`)
    await codex.getByRole('button', { name: 'Save DHT nodes' }).press('Enter')
    await codex.getByText('The DHT shows strangers what you read').waitFor()
    expect(called(surface, 'settings.set')).toEqual([
      { codexPeers: [peer] },
      { codexNearby: true },
      { codexBootstrap: [`spr:${'A'.repeat(60)}`] },
    ])
    expect(await problemsOf(page)).toEqual([])
    expect(await overflows(page)).toBe(false)
  })

  it('settings change the name and the password, and show the log', async () => {
    const line = {
      seq: 3,
      at: fakeNow,
      kind: 'indexDownloadCompleted',
      communityId: id,
      from: null,
      to: null,
      detail: '',
    }
    const surface = await start({ ...member, activity: [line] }, { hash: '#/settings' })
    const { page } = surface
    const card = page.getByRole('region', { name: 'Profile' })
    await card.getByLabel('Name').fill('Ines')
    await card.getByRole('button', { name: 'Rename' }).press('Enter')
    await page.getByRole('button', { name: 'Ines, your profile' }).waitFor()
    await card.getByLabel('Present password', { exact: true }).fill(fakePassword)
    await card.getByLabel('New password', { exact: true }).fill('another password')
    await card.getByRole('button', { name: 'Change password' }).press('Enter')
    await card.getByText('The password was changed.').waitFor()
    await page.getByRole('region', { name: 'Log', exact: true }).getByRole('button', { name: 'Show' }).press('Enter')
    await page.getByText('Fetched the list of archives.').waitFor()
    await page.getByRole('button', { name: 'Licences' }).press('Enter')
    const packages = page.getByRole('dialog').getByLabel('Packages')
    await packages.waitFor()
    expect(await packages.inputValue()).toMatch(/^react-dom \d.*: MIT$/m)
    expect(await problemsOf(page)).toEqual([])
  })
})
