/** Where rows of a message list stand on the screen, so that a test can tell whether the list jumped. */
import type { Page } from 'playwright-core'

export interface RowPlace {
  readonly message: string
  readonly index: number
  /** px from the top of the window */
  readonly top: number
}

/** The first message that is wholly in sight. */
export async function rowInSight(page: Page): Promise<RowPlace> {
  const message = await page.evaluate(() => {
    const top = document.querySelector('[role=feed]')?.parentElement?.getBoundingClientRect().top ?? 0
    const row = [...document.querySelectorAll('article')].find((one) => one.getBoundingClientRect().top >= top)
    return row?.getAttribute('data-message') ?? ''
  })
  const place = await rowOf(page, message)
  if (!place) throw new Error('No message is in sight.')
  return place
}

export const rowOf = (page: Page, message: string): Promise<RowPlace | null> =>
  page.evaluate((id) => {
    const row = document.querySelector(`[data-message="${id}"]`)
    if (!row) return null
    return { message: id, index: Number(row.getAttribute('data-index')), top: row.getBoundingClientRect().top }
  }, message)

/** Resolves when nothing in the list has moved for ten frames. */
export const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const look = () =>
      [...document.querySelectorAll('article')]
        .map((row) => `${row.getAttribute('data-message')}@${row.getBoundingClientRect().top}`)
        .join()
    let last = look()
    for (let still = 0; still < 10; still++) {
      await new Promise(requestAnimationFrame)
      const now = look()
      if (now !== last) still = 0
      last = now
    }
  })
