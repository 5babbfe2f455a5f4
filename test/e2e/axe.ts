/** What axe finds wrong with a page, in both themes: a spec expects nothing. WCAG 2.0 to 2.2, A and AA. */
import axe, { type RunOnly } from 'axe-core'
import type { Page } from 'playwright-core'

/** Everything once; of the other theme what colours decide, for the rest of the page is the same. */
const looked: Readonly<Record<'light' | 'dark', RunOnly>> = {
  light: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
}

/** Each finding with the first element that it is about. */
export async function problemsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found: string[] = []
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((name) => {
      document.documentElement.className = name
    }, theme)
    const violations = await page.evaluate(async (runOnly) => {
      const run = Reflect.get(window, 'axe').run as typeof axe.run
      const { violations: all } = await run(document, { runOnly, resultTypes: ['violations'] })
      return all.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
    }, looked[theme])
    found.push(...violations.map((violation) => `${theme}, ${violation}`))
  }
  return found
}

/** Whether something is cut off or must be scrolled sideways. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
