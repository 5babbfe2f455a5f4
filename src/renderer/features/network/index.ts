/** The network: which nodes, and whether they answer. */
export { ChooseNetwork } from './choose-network.tsx'
export { NetworkLine } from './network-line.tsx'
export { NetworkPage } from './network-page.tsx'
