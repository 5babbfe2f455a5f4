/** The owner's own page, over a made-up node: what is due, how it is shared, who has it, a past brought in. */
import { describe, expect, it } from 'vitest'
import type { FakeOptions } from '../support/fake-api.ts'
import { leftOutReason } from '../support/fake-imports.ts'
import { fakeCommunityId, fakeLink, fakeNow } from '../support/fake-world.ts'
import { overflows, problemsOf } from './axe.ts'
import { type FakeSurface, type FakeSurfaceOptions, fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
const owner: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    {
      name: 'Logbook',
      role: 'owner',
      weeks: 20,
      archives: 'published',
      channels: [
        { name: 'general', messages: 3 },
        { name: 'trips', messages: 3 },
      ],
    },
  ],
  transfers: [
    {
      ...{ communityId: id, engine: 'torrent', link: fakeLink(1), seeding: true, peers: 3 },
      ...{ bytesDone: 845_000, bytesTotal: 845_000, downloadRate: 0, uploadRate: 6_200 },
      ...{ pieces: { total: 9, here: 9, parts: Array<number>(9).fill(100) }, trouble: '' },
    },
  ],
  activity: [
    {
      ...{ seq: 4, at: fakeNow, kind: 'historyArchivesCreated', communityId: id, detail: '' },
      ...{ from: null, to: null },
    },
  ],
}
async function start(options: FakeOptions = owner, more: FakeSurfaceOptions = {}): Promise<FakeSurface> {
  return await openSurface(options, { hash: `#/c/${id}/archiving`, ...more })
}
const called = (surface: FakeSurface, name: string) =>
  surface.api.calls.filter((call) => call.name === name).map(({ input }) => input)

describe('archiving', () => {
  it('says what is due, when it was done last, and who has which week; axe finds nothing wrong with it', async () => {
    const { page } = await start()
    const archiving = page.getByRole('region', { name: 'Archiving' })
    await archiving.getByText(/^up to/).waitFor()
    await archiving.getByText('19 messages').waitFor()
    const health = page.getByRole('region', { name: 'Who has it' })
    await health.getByText('3 peers connected').waitFor()
    await health.getByText('2 weeks no connected peer holds').waitFor()
    await health.getByRole('figure').getByText('Up 6.2 kB/s').waitFor()
    await page.getByRole('region', { name: 'Announcements sent' }).getByText('Published last').waitFor()
    expect(await problemsOf(page)).toEqual([])
  })

  it('by which way archives travel, and how long one spans, is chosen where it matters', async () => {
    const surface = await start()
    const { page } = surface
    await page.getByRole('radio', { name: 'Torrent' }).focus()
    await page.keyboard.press('ArrowRight', { delay: 100 })
    await page.getByText('New archives are published through Codex.').waitFor()
    await page.getByLabel('One archive every').selectOption({ label: '10 seconds' })
    await expect
      .poll(() => called(surface, 'settings.set'))
      .toEqual([{ distribution: 'codex' }, { archiveInterval: 10_000 }])
  })

  it('a Discord export is checked, matched, brought in, cancelled and gone on with, by keyboard alone', async () => {
    const surface = await start()
    const { page } = surface
    const card = page.getByRole('region', { name: 'Import from Discord' })
    await card.getByLabel('Files').focus()
    await page.keyboard.type('general.json')
    await card.getByText('is not a whole path').waitFor()
    await card.getByLabel('Files').fill('/exports/general.json\n/exports/dock.json')
    await card.getByRole('button', { name: 'Check the files' }).focus()
    await page.keyboard.press('Enter')
    await card.getByText('2,393 messages would be added').waitFor()
    await card.getByText(leftOutReason).waitFor()
    await card.getByLabel('#dock becomes').selectOption({ label: '#trips' })
    expect(await problemsOf(page)).toEqual([])
    await card.getByRole('button', { name: 'Import 2,393 messages' }).focus()
    await page.keyboard.press('Enter')
    await card.getByText('Importing', { exact: true }).waitFor()
    surface.api.advanceImport(0.5)
    await card.getByText('1,200 messages added').waitFor()
    await card.getByRole('button', { name: 'Cancel' }).press('Enter')
    await card.getByText('it can be gone on with').waitFor()
    await card.getByRole('button', { name: 'Go on' }).press('Enter')
    await card.getByText('Importing', { exact: true }).waitFor()
    surface.api.advanceImport(1)
    await card.getByText('Imported', { exact: true }).waitFor()
    await card.getByText(leftOutReason).waitFor()
    const [, begun] = called(surface, 'imports.start')
    expect(begun).toMatchObject({ files: ['/exports/general.json', '/exports/dock.json'], map: [{ from: 'dock' }] })
  })

  it('is whole on a narrow screen, says what could not be read, and what a member finds there', async () => {
    const broken = { code: 'failed', message: 'The disk is full.', action: 'Free space, then try again.' }
    const { page, api } = await start(owner, {
      viewport: { width: 640, height: 720 },
      before: (node) => node.fail('history.coverage', broken),
    })
    await page.getByText('Who has which week could not be read').waitFor()
    await page.getByRole('region', { name: 'Archiving' }).getByRole('button', { name: 'Archive now' }).waitFor()
    expect(await overflows(page)).toBe(false)
    api.fail('history.coverage', null)
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
    await page.getByText('2 weeks no connected peer holds').waitFor()
  })
})
