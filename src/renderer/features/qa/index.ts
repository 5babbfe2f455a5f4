/** The bench of those who test: people to log in and out, signals as they come, scenarios, diagnostics. */
export { QaPage } from './qa-page.tsx'
