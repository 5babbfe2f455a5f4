/** What somebody does who has never seen Chronicle, from its first page to reading what was said before they came. */
import type { Page } from 'playwright-core'
import type { CommunityId } from '../../src/shared/domain.ts'

export interface NewUser {
  readonly page: Page
  /** What their community's owner gave them: whom to speak through, and what to join. */
  readonly nodes: readonly string[]
  readonly communityId: CommunityId
  /** Called at every page on the way, with its name. */
  readonly at?: (place: string) => Promise<void>
}

/** Resolves with the number of clicks when a message out of an archive is in sight. */
export async function becomeReader({ page, nodes, communityId, at = async () => {} }: NewUser): Promise<number> {
  await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
  await page.evaluate(() => {
    document.documentElement.dataset.clicks = '0'
    const count = () => {
      document.documentElement.dataset.clicks = String(Number(document.documentElement.dataset.clicks) + 1)
    }
    window.addEventListener('pointerdown', count, true)
  })
  await at('welcome')
  await page.getByLabel('Name').click()
  await page.keyboard.type('Ines Ferro')
  await page.getByLabel('Password', { exact: true }).click()
  await page.keyboard.type('a password for this test')
  await page.getByRole('button', { name: 'Create profile' }).click()
  await page.getByLabel('I wrote it down').click()
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('radio', { name: 'The local network' }).click()
  await page.getByLabel('Service nodes').click()
  await page.keyboard.insertText(nodes.join('\n'))
  await at('network')
  await page.getByRole('button', { name: 'Save nodes' }).click()
  await page.getByRole('button', { name: 'Save nodes', disabled: true }).waitFor()
  await page.getByRole('button', { name: 'Join a community' }).click()
  await page.keyboard.insertText(communityId)
  await at('join')
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.getByRole('article').first().waitFor({ timeout: 120_000 })
  return Number(await page.evaluate(() => document.documentElement.dataset.clicks))
}
