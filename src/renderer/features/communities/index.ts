/** Communities: adding one, and where to begin. */
export { AddCommunity, type AddKind } from './add-community.tsx'
export { ExportKeyButton } from './export-key.tsx'
export { Home } from './home.tsx'
export { Rail, titleOf } from './rail.tsx'
export { Side } from './side.tsx'
export { WaitingCommunity } from './waiting.tsx'
