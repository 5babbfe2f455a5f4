/** What an owner is shown of a history made elsewhere, and what is done with the community's key, over a made-up node. */
import { describe, expect, it } from 'vitest'
import type { ArchiveLink, Millis, Seconds } from '../../src/shared/domain.ts'
import { type FakeOptions, fakePassword } from '../support/fake-api.ts'
import { fakeKey, impossibleKey } from '../support/fake-owner.ts'
import { fakeCommunityId, fakeNow } from '../support/fake-world.ts'
import { type FakeSurface, fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
async function start(hash: string, options: Partial<FakeOptions> = {}): Promise<FakeSurface> {
  const channels = [{ name: 'general', messages: 3 }]
  const community = { name: 'Logbook', role: 'owner', weeks: 20, archives: 'published', channels } as const
  return await openSurface({ profiles: ['Ines Ferro'], loggedIn: true, communities: [community], ...options }, { hash })
}
const called = (surface: FakeSurface, name: string) => surface.api.calls.findLast((call) => call.name === name)?.input
const at = fakeNow as Millis

describe('the history of an owner', () => {
  it('R1.3 what is taken over is counted, nothing is published meanwhile, and giving up is not offered at once', async () => {
    const since = Date.now() as Millis
    const detail = '12 of 53 archives are here and checked; the next publication continues them.'
    const hold = { reason: 'fetching', detail, since, done: 12, total: 53 } as const
    const { page } = await start(`#/c/${id}/archiving`, { history: { standing: 'held', hold } })
    await page.getByText(detail).waitFor()
    await page.getByText('12 of 53 archives', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Archiving' }).getByText('Catching up').waitFor()
    expect(await page.getByRole('button', { name: 'Archive now' }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Start afresh…' }).count()).toBe(0)
  })

  it('R1.3 what cannot be found is given up only by the typed name of the community', async () => {
    const hold = { reason: 'no-link', detail: 'No link was found.', since: at, done: 0, total: 0 } as const
    const surface = await start(`#/c/${id}/archiving`, { history: { standing: 'held', hold } })
    const { page } = surface
    await page.getByRole('button', { name: 'Start afresh…' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('Name of the community').fill('Logboo')
    await page.keyboard.press('Enter')
    expect(await dialog.getByRole('button', { name: 'Start afresh' }).isDisabled()).toBe(true)
    expect(called(surface, 'history.startAfresh')).toBeUndefined()
    await dialog.getByLabel('Name of the community').press('End')
    await page.keyboard.type('k')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    expect(called(surface, 'history.startAfresh')).toEqual({ communityId: id, name: 'Logbook' })
    await page.getByRole('region', { name: 'Archiving' }).getByText('On', { exact: true }).waitFor()
  })

  it('R3.7 two computers with one key: who is followed is said, and the choice is made and changed here', async () => {
    const link = `magnet:?xt=urn:btih:${'a'.repeat(40)}` as ArchiveLink
    const times = { since: (at - 7_200_000) as Millis, heardAt: at, clock: at }
    const rival = { device: 'a3f09b1c77d2e4f8', ...times, link, followed: 'other-device', choice: null } as const
    const detail = 'Members follow another device.'
    const hold = { reason: 'other-device', detail, since: times.since, done: 0, total: 0 } as const
    const surface = await start(`#/c/${id}/archiving`, { history: { standing: 'held', hold, rival } })
    const { page } = surface
    await page.getByText('Another computer archives this community with the same key.').waitFor()
    await page.getByText('Computer a3f0…e4f8').waitFor()
    await page.getByText('On, publishing paused').waitFor()
    await page.getByRole('button', { name: 'Publish from here' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Publish from here', pressed: true }).waitFor()
    await page.getByRole('region', { name: 'Archiving' }).getByText('On', { exact: true }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('You let it publish.').waitFor()
    expect(called(surface, 'history.resolveRival')).toEqual({ communityId: id, choice: 'yield' })
  })

  it('time that nobody recorded is named, and its quiet weeks are Missing on the map', async () => {
    const [from, to] = [Date.UTC(2026, 4, 20) / 1000, Date.UTC(2026, 5, 10) / 1000] as [Seconds, Seconds]
    const { page } = await start(`#/c/${id}/history`, { history: { gaps: [{ from, to }] } })
    await page.getByRole('region', { name: 'Not recorded' }).getByText('20 May – 9 Jun 2026').waitFor()
    await page.getByRole('button', { name: /: Missing, count unknown$/ }).focus()
    await page.getByRole('tooltip').getByText('Nobody recorded it').waitFor()
  })

  it('what need not be kept is freed on demand, and what stays is said', async () => {
    const surface = await start(`#/c/${id}/archiving`, { retention: { records: 1204, bytes: 3_140_000, held: 12 } })
    const { page } = surface
    const card = page.getByRole('region', { name: 'What is kept' })
    await card.getByText('3.1 MB in 1,204 records can be freed now.').waitFor()
    await card.getByText('12 older records stay').waitFor()
    await card.getByRole('button', { name: 'Free now' }).click()
    await card.getByText('Freed 1,204 records, 3.1 MB.').waitFor()
    await card.getByText('Nothing can be freed now.').waitFor()
    expect(called(surface, 'history.prune')).toEqual({ communityId: id, dryRun: false })
  })
})

describe('the key of a community', () => {
  it('is checked as it is typed, taken in by keyboard alone, and leads to what is taken over', async () => {
    const surface = await start(`#/c/${id}`)
    const { page } = surface
    await page.getByRole('button', { name: 'Add a community' }).click()
    await page.getByRole('radio', { name: 'Join by id' }).focus()
    // Held as long as a finger does: the group chooses what is reached while an arrow is down.
    await page.keyboard.press('ArrowRight', { delay: 100 })
    await page.getByRole('radio', { name: 'Create', checked: true }).waitFor()
    await page.keyboard.press('ArrowRight', { delay: 100 })
    const field = page.getByLabel('Private key', { exact: true })
    const act = page.getByRole('button', { name: 'Adopt community' })
    await field.fill('0x12zz')
    await page.getByText('nothing else').waitFor()
    await field.fill(`0x${'1'.repeat(65)}`)
    await page.getByText('1 digit too many').waitFor()
    await field.fill(`0x${'1'.repeat(63)}`)
    await page.getByText('63 of 64 digits').waitFor()
    expect(await act.isDisabled()).toBe(true)
    await field.fill(impossibleKey)
    await field.press('Enter')
    await page.getByRole('alert').getByText('The community was not adopted').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Add a community' }).click()
    await page.getByRole('radio', { name: 'Adopt by key' }).click()
    expect(await field.inputValue()).toBe('')
    await field.fill(fakeKey)
    await field.press('Enter')
    await page.getByText('What was archived before has to be found first.').waitFor()
    expect(called(surface, 'communities.adopt')).toEqual({ key: fakeKey, historyArchives: true })
  })

  it('is shown for password and name, once, and is nowhere when its dialog closes', async () => {
    const { page } = await start(`#/c/${id}`)
    const ask = async (): Promise<void> => {
      await page.getByRole('button', { name: /^Logbook/ }).click()
      await page.getByRole('menuitem', { name: 'Export key…' }).click()
    }
    await ask()
    await page.getByLabel('Your password').fill('wrong')
    expect(await page.getByRole('button', { name: 'Show key' }).isDisabled()).toBe(true)
    await page.getByLabel('Name of the community').fill('Logbook')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('That is not the password.').waitFor()
    await page.getByLabel('Your password').fill(fakePassword)
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Private key' }).getByText(fakeKey).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(fakeKey)
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
      '5a5a',
    )
    await ask()
    expect(await page.getByLabel('Your password').inputValue()).toBe('')
    expect(await page.getByRole('region', { name: 'Private key' }).count()).toBe(0)
  })
})
