/** Running vitest for one tier, and what came of it in numbers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandOf, runNode, Stop } from './processes.mjs'
import { root } from './supported-node.mjs'

/** Which of vitest.config.ts's projects a tier runs. */
export const tiers = {
  quick: ['unit', 'vectors', 'integration', 'e2e', 'desktop'],
  vectors: ['vectors'],
  e2e: ['e2e', 'desktop'],
  engines: ['engines'],
  scenarios: ['scenarios'],
  interop: ['interop'],
  chaos: ['chaos'],
  bench: ['bench'],
  fuzz: ['fuzz'],
  soak: ['soak'],
}

/** @returns {Promise<{ passed: number, failed: number, skipped: number }>} */
export async function runTests(tier, args = [], env = {}) {
  if (!Object.hasOwn(tiers, tier))
    throw new Stop(`There is no tier ${tier}; there are ${Object.keys(tiers).join(', ')}`)
  const { projects, missing } = await withoutMissingBrowsers(tiers[tier])
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-totals-'))
  const file = join(folder, 'totals.json')
  try {
    const chosen = args.some((argument) => argument.startsWith('--project'))
      ? []
      : projects.map((name) => `--project=${name}`)
    const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/lib/totals-reporter.mjs')}`]
    const options = { env: { ...env, CHRONICLE_TOTALS: file } }
    const code = await runNode(commandOf('vitest'), ['run', ...chosen, ...reporters, ...args], options)
    return judge(code, read(file), missing)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** Says which browser the browser tests get, and leaves out the projects that cannot have theirs. */
async function withoutMissingBrowsers(projects) {
  const missing = []
  if (!projects.includes('e2e') && !projects.includes('desktop')) return { projects, missing }
  const { findBrowser, NoBrowser } = await import('../../test/support/browser.ts')
  try {
    const browser = await findBrowser()
    console.log(`Browser tests run in ${browser.source}.`)
    if (browser.kind === 'shell') missing.push(['desktop', 'the headless shell opens no windows; install Chromium'])
  } catch (error) {
    if (!(error instanceof NoBrowser)) throw error
    missing.push(['e2e', error.message], ['desktop', error.message])
  }
  for (const [project, reason] of missing) console.log(`SKIPPED: the ${project} tests (${reason}).`)
  const names = missing.map(([project]) => project)
  return { projects: projects.filter((project) => !names.includes(project)), missing }
}

/** A run that ended badly has failed, whatever was counted; on CI so has one that left something out. */
export function judge(code, totals, missing, { ci = process.env.CI === 'true' } = {}) {
  const { passed, failed, skipped } = totals
  const problems = []
  if (code !== 0 && failed === 0) problems.push(`vitest ended with exit code ${code}`)
  if (ci) {
    for (const [project, reason] of missing) problems.push(`with CI=true the ${project} tests must run: ${reason}`)
    for (const name of skipped) problems.push(`with CI=true no test may be skipped: ${name}`)
  }
  for (const problem of problems) console.log(`FAILED: ${problem}`)
  return { passed, failed: failed + problems.length, skipped: skipped.length + missing.length }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: [] }
  }
}
