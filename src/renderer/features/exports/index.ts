/** Taking a history along as a file. */
export { ExportButton } from './export-button.tsx'
