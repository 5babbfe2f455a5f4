/** Every crash point there is, read from the sources, so that a new one cannot be forgotten. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/lib/supported-node.mjs'

/** `step:before` and `step:after`, sorted. @throws for a point whose name is not written where it is passed */
export function crashPointsInSource(): string[] {
  const points = new Set<string>()
  for (const { path, text } of sources()) {
    for (const [call, argument = ''] of text.matchAll(/\bcrashPoint\(([^()]*)\)/g)) {
      if (/^\w+: string$/.test(argument)) continue // its definition
      const names = [...argument.matchAll(/'([a-z.-]+:(?:before|after))'/g)].flatMap(([, name]) => name ?? [])
      if (names.length === 0) throw new Error(`${path}: the name cannot be read from ${call}`)
      for (const name of names) points.add(name)
    }
  }
  return [...points].sort()
}

function* sources(): Generator<{ readonly path: string; readonly text: string }> {
  for (const name of readdirSync(join(root, 'src/main'), { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.ts')) yield { path: name, text: readFileSync(join(root, 'src/main', name), 'utf8') }
}
