/**
 * Writes resources/sample/community.ndjson, the history that `npm run demo` archives and restores when it is given no
 * other: invented people and texts, always the same bytes. A JSON object a line: channel, author, timestamp (unix ms),
 * text. `node scripts/sample.mjs`, after changing anything in scripts/sample/.
 */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { writeFileSync } = await import('node:fs')
  const texts = await import('./sample/conversations.mjs')
  const { sample, lines } = await import('./sample/messages.mjs')
  writeFileSync(`${root}/resources/sample/community.ndjson`, lines(sample(texts)))
})
