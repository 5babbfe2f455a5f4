/** What axe finds wrong with a page, in both themes: a spec expects nothing. WCAG 2.0 to 2.2, A and AA. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Each finding with the first element that it is about. */
export async function problemsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found: string[] = []
  for (const theme of ['light', 'dark']) {
    await page.evaluate((name) => {
      document.documentElement.className = name
    }, theme)
    const violations = await page.evaluate(async () => {
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
      const run = Reflect.get(window, 'axe').run as typeof axe.run
      return (await run(document, { runOnly: { type: 'tag', values: tags } })).violations.map(
        ({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`,
      )
    })
    found.push(...violations.map((violation) => `${theme}, ${violation}`))
  }
  return found
}

/** Whether something is cut off or must be scrolled sideways. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
