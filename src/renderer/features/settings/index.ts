/** What one may choose. */
export { SettingsPage } from './settings-page.tsx'
