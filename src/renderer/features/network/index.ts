export { NetworkLine } from './network-line.tsx'
export { NetworkPage } from './network-page.tsx'
