/** The first hour of an owner, through the interface: the same steps on every surface, with the real node behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHome, type OpenSurface, type Surface } from './surfaces.ts'

const password = 'a password for this test'

export function describeJourney(surfaceName: string, open: OpenSurface): void {
  describe(`an owner’s first hour, ${surfaceName}`, () => {
    let home: Awaited<ReturnType<typeof createHome>>
    let surface: Surface
    beforeAll(async () => {
      home = await createHome()
      surface = await open(home.home)
    })
    afterAll(async () => {
      await surface?.close()
      await home?.remove()
    })

    it('creates a profile', async () => {
      const { page } = surface
      await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
      await page.getByLabel('Name').fill('Ines Ferro')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Create profile' }).click()
      await page.getByRole('heading', { name: 'Your recovery phrase' }).waitFor()
      expect(
        await page
          .getByRole('listitem')
          .filter({ hasText: /^\d+[a-z]+$/ })
          .count(),
      ).toBe(12)
      await page.getByLabel('I wrote it down').check()
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByRole('heading', { name: 'No community yet' }).waitFor()
      expect(await page.getByRole('button', { name: 'Ines Ferro, your profile' }).count()).toBe(1)
    })

    it('creates a community', async () => {
      const { page } = surface
      await page.getByRole('button', { name: 'Create one' }).click()
      const dialog = page.getByRole('dialog', { name: 'Add a community' })
      await dialog.getByLabel('Name').fill('Harbour')
      await dialog.getByLabel('Channels').fill('general, notes')
      await dialog.getByRole('button', { name: 'Create community' }).click()
      await page.getByRole('heading', { level: 1, name: 'general' }).waitFor()
      const channels = page.getByRole('navigation', { name: 'Harbour' })
      expect(await channels.getByRole('link').allTextContents()).toEqual(
        expect.arrayContaining(['Search', 'general', 'notes']),
      )
    })

    it('posts, and sees what was posted: as text, with its line breaks and code', async () => {
      const { page } = surface
      const field = page.getByRole('textbox', { name: 'Message #general' })
      await field.fill('Good morning from the <b>harbour</b>.')
      await field.press('Enter')
      await page.getByRole('article').filter({ hasText: '<b>harbour</b>' }).waitFor()
      await field.fill('Two lines')
      await field.press('Shift+Enter')
      await field.pressSequentially('and `code`')
      await field.press('Enter')
      const second = page.getByRole('article').filter({ hasText: 'Two lines' })
      await second.waitFor()
      expect(await second.getByText('code', { exact: true }).evaluate((element) => element.tagName)).toBe('CODE')
      expect(await page.getByRole('article').count()).toBe(2)
      expect(await page.locator('article b').count()).toBe(0)
      expect(await field.inputValue()).toBe('')
    })

    it('replies, and the reply names what it answers', async () => {
      const { page } = surface
      await page.getByRole('article').first().hover()
      await page.getByRole('button', { name: 'Reply' }).first().click()
      const field = page.getByRole('textbox', { name: 'Message #general' })
      await field.fill('And to you.')
      await field.press('Enter')
      const reply = page.getByRole('article').filter({ hasText: 'And to you.' })
      await reply.getByText('Good morning from the').waitFor()
    })

    it('finds it by a word', async () => {
      const { page } = surface
      await page.getByRole('link', { name: 'Search' }).click()
      await page.getByRole('searchbox').fill('harbour')
      const hit = page.getByRole('region', { name: 'Found' }).getByRole('link')
      await hit.first().waitFor()
      expect(await page.locator('mark').first().textContent()).toBe('harbour')
      await hit.first().click()
      await page.getByRole('article').filter({ hasText: 'Good morning' }).first().waitFor()
    })

    it('archives what was said, and shows it in the history', async () => {
      const { page } = surface
      await page.getByRole('link', { name: 'Archiving' }).click()
      await page.getByRole('heading', { name: 'Archiving', level: 2 }).waitFor()
      expect(await page.getByRole('switch', { name: /whole history/ }).getAttribute('aria-checked')).toBe('true')
      await page.getByRole('button', { name: 'Archive now' }).click()
      await page.getByText('1 archive made').waitFor()
      await page.getByRole('link', { name: 'History' }).click()
      await page.getByRole('grid', { name: 'Weeks of history by year' }).waitFor()
      await page.getByRole('table').getByText('Published').first().waitFor()
      await page.getByRole('button', { name: /Published, \d+ messages?$/ }).waitFor()
    })

    it('logs out and in again, and finds everything as it was', async () => {
      const { page } = surface
      await page.getByRole('button', { name: 'Ines Ferro, your profile' }).click()
      await page.getByRole('menuitem', { name: 'Log out' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Log out' }).click()
      await page.getByRole('button', { name: /Ines Ferro/ }).click()
      await page.getByLabel('Password', { exact: true }).fill('not the password')
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('alert').waitFor()
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('article').filter({ hasText: 'And to you.' }).waitFor()
      expect(await page.getByRole('article').count()).toBe(3)
    })

    it('wrote no error and no warning', () => {
      expect(surface.complaints).toEqual([])
    })
  })
}
