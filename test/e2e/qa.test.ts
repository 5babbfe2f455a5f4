/** The bench of those who test, over a made-up node. Its real people are tried out in test/scenarios/bench.test.ts. */
import { describe, expect, it } from 'vitest'
import type { BenchSignal } from '../../src/shared/contract.ts'
import type { Millis } from '../../src/shared/domain.ts'
import { fakeCommunityId, fakeNow } from '../support/fake-world.ts'
import { overflows, problemsOf } from './axe.ts'
import { fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
const signals = Array.from(
  { length: 600 },
  (_, back): BenchSignal => ({
    ...{ seq: 599 - back, at: (fakeNow - back * 1_000) as Millis, person: null, communityId: id },
    ...{ name: back % 3 === 0 ? 'historyArchivesCreated' : 'historyArchiveDownloaded', from: null, to: null },
    detail: '',
  }),
)

describe('the bench', () => {
  it('logs people in and out by a click, turns their service node off, and says which step of a scenario failed', async () => {
    const open = await openSurface(
      {
        profiles: ['Ines'],
        loggedIn: true,
        signals,
        communities: [
          {
            name: 'Logbook',
            role: 'owner',
            weeks: 9,
            archives: 'published',
            channels: [{ name: 'general', messages: 3 }],
          },
        ],
      },
      { hash: '#/qa' },
    )
    const { page, api } = open
    await page.getByRole('button', { name: 'Add Owner' }).press('Enter')
    const person = page.getByRole('region', { name: 'Owner', exact: true })
    await person.getByText('Logged in').waitFor()
    await person.getByRole('button', { name: 'Archive now' }).click()
    await person.getByRole('button', { name: 'Log out' }).press('Enter')
    await person.getByText('Logged out').waitFor()
    await person.getByRole('button', { name: 'Log in' }).press('Enter')
    await person.getByText('Logged in').waitFor()
    const service = page.getByRole('switch', { name: 'Carry messages', checked: true })
    await service.press('Space')
    await page.getByRole('switch', { name: 'Carry messages', checked: false }).waitFor()
    await page.getByRole('button', { name: 'Run' }).press('Enter')
    await page.getByRole('list', { name: 'Steps' }).getByText('No node answered.').waitFor()
    expect(api.calls.some(({ name }) => name === 'history.archiveNow')).toBe(true)
    expect(await problemsOf(page)).toEqual([])
    await page.setViewportSize({ width: 640, height: 720 })
    expect(await overflows(page)).toBe(false)
    await page.setViewportSize({ width: 1280, height: 800 })

    const log = page.getByRole('region', { name: 'Signals', exact: true })
    await log.getByText('600 lines').waitFor()
    await log.getByLabel('Signal', { exact: true }).selectOption('historyArchivesCreated')
    await log.getByText('200 lines').waitFor()
    expect(await log.locator('p[style]').count()).toBeLessThan(60)
    const download = page.waitForEvent('download')
    await log.getByRole('button', { name: 'Export' }).click()
    expect((await download).suggestedFilename()).toBe('chronicle-signals.ndjson')
    await page.getByRole('button', { name: 'Copy diagnostics' }).click()
    await page.getByRole('dialog').getByLabel('Diagnostics').waitFor()
  })
})
