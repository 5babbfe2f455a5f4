/** The list of what is shipped, as text. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledPackages, productionPackages } from './packages.mjs'
import { root } from './supported-node.mjs'

export function licenceList() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const shipped = [...productionPackages(), ...bundledPackages()]
  const lines = new Set(shipped.map(({ name, version: its, license }) => `${name} ${its}: ${license}`))
  const list = [...lines].sort().join('\n')
  return `Chronicle ${version} is licensed under MIT or Apache-2.0, at your choice. It contains:\n\n${list}\n`
}
