/** npm run lint: formatting and lint rules (Biome), then which room may import what (.dependency-cruiser.cjs). */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureProto } = await import('./lib/build.mjs')
  const { commandOf, mustRunNode } = await import('./lib/processes.mjs')
  await ensureProto()
  if (process.argv.includes('--write')) {
    await mustRunNode('Formatting', commandOf('@biomejs/biome', 'biome'), ['check', '--write'])
    return
  }
  await mustRunNode('Biome', commandOf('@biomejs/biome', 'biome'), ['check', '--error-on-warnings'])
  await mustRunNode('The import rules', commandOf('dependency-cruiser', 'depcruise'), ['src', '--output-type', 'err'])
})
