/** The history page in a real browser: the map, what is downloaded, what failed a check, the owner's version. */
import { describe, expect, it } from 'vitest'
import type { FakeOptions } from '../support/fake-api.ts'
import { fakeCommunityId } from '../support/fake-world.ts'
import { problemsOf } from './axe.ts'
import { type FakeSurface, type FakeSurfaceOptions, fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
const member: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    {
      name: 'Logbook',
      role: 'member',
      weeks: 120,
      archives: 'restoring',
      channels: [{ name: 'messenger', messages: 30 }],
    },
  ],
}

async function start(options: FakeOptions, more: FakeSurfaceOptions = {}): Promise<FakeSurface> {
  return await openSurface(options, more)
}

describe('history', () => {
  it('the map is one tab stop; arrows move in it, and a card tells each week', async () => {
    const { page } = await start(member, { hash: `#/c/${id}/history` })
    const grid = page.getByRole('grid', { name: 'Weeks of history by year' })
    await grid.waitFor()
    expect(await grid.locator('button[tabindex="0"]').count()).toBe(1)
    await grid.locator('button[tabindex="0"]').focus()
    const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    const newest = await label()
    await page.keyboard.press('ArrowLeft')
    expect(await label()).not.toBe(newest)
    await page.keyboard.press('ArrowRight')
    expect(await label()).toBe(newest)
    await page.keyboard.press('ArrowDown')
    expect(await label()).toMatch(/2025: /)
    await page.getByRole('tooltip').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('tooltip').waitFor({ state: 'detached' })
  })

  it('a quarantined week is retried, and leaves the quarantine', async () => {
    const { page } = await start(member, { hash: `#/c/${id}/history` })
    const retry = page.getByRole('button', { name: /^Retry the week/ })
    await retry.first().waitFor()
    const before = await retry.count()
    await retry.first().click()
    await expect.poll(() => retry.count()).toBe(before - 1)
  })

  it('the download is paused and resumed', async () => {
    const { page } = await start(member, { hash: `#/c/${id}/history` })
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('heading', { name: /^Paused/ }).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('heading', { name: /^Downloading everything/ }).waitFor()
  })

  it('each week says who has it and why it is not here; what is downloaded is chosen, and given up', async () => {
    const { page, api } = await start(member, { hash: `#/c/${id}/history` })
    const asked = (request: string) => api.calls.filter(({ name }) => name === request).map(({ input }) => input)
    await page.locator('button.week[data-state=archived]').last().hover()
    await page
      .getByRole('tooltip')
      .getByText(/connected peers? ha(s|ve) all of it\..*It is wanted/)
      .waitFor()
    await page.getByRole('radio', { name: 'Latest week only' }).click()
    await page.getByRole('radio', { name: 'A stretch of time' }).click()
    await page.getByLabel('From').fill('2026-01-01')
    await page.getByLabel('To', { exact: true }).fill('2026-01-31')
    await page.getByRole('button', { name: 'Download this time' }).click()
    const [from, to] = [Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 1, 1) / 1000]
    await expect
      .poll(() => asked('history.want'))
      .toEqual([
        { communityId: id, wanted: { kind: 'latest' } },
        { communityId: id, wanted: { kind: 'range', from, to } },
      ])
    await page.getByLabel('Space for archives').selectOption({ label: '5.0 GB' })
    await expect.poll(() => asked('settings.set')).toEqual([{ diskLimit: 5_000_000_000 }])
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled. What is here stays').waitFor()
    expect(await problemsOf(page)).toEqual([])
  })

  it('what the owner’s version would replace is shown first, done by the typed name, and brought back', async () => {
    const { page } = await start(member, { hash: `#/c/${id}/history` })
    await page.getByRole('button', { name: 'Replace…' }).click()
    const question = page.getByRole('alertdialog')
    await question.getByText('12 messages').waitFor()
    expect(await question.getByRole('button', { name: 'Replace' }).isDisabled()).toBe(true)
    await question.getByRole('textbox').fill('Logbook')
    await question.getByRole('button', { name: 'Replace' }).click()
    await page.getByText('12 messages are put aside.').waitFor()
    await page.getByRole('button', { name: 'Bring back 12 messages' }).click()
    await page.getByText('12 messages brought back.').waitFor()
  })

  it('an owner is asked before archiving stops', async () => {
    const owner: FakeOptions = {
      ...member,
      communities: [
        {
          name: 'Logbook',
          role: 'owner',
          weeks: 20,
          archives: 'published',
          channels: [{ name: 'general', messages: 3 }],
        },
      ],
    }
    const { page, api } = await start(owner, { hash: `#/c/${id}/archiving` })
    await page.getByRole('switch', { name: /whole history/ }).click()
    const question = page.getByRole('alertdialog', { name: 'Stop archiving?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    expect(api.calls.some(({ name }) => name === 'communities.setHistoryArchives')).toBe(false)
    await page.getByRole('switch', { name: /whole history/ }).click()
    await question.getByRole('button', { name: 'Stop archiving' }).click()
    await expect
      .poll(() => page.getByRole('switch', { name: /whole history/ }).getAttribute('aria-checked'))
      .toBe('false')
  })
})
