/** The room that imports, over the store and the communities of a small node; archives are somebody else’s. */
import { Imports, type ImportsParts } from '../../src/main/imports/index.ts'
import { communityPort } from '../../src/main/node/imports.ts'
import type { Import } from '../../src/shared/contract.ts'
import { seededRandom } from './people.ts'
import type { SmallNode } from './small-node.ts'

export interface Importing {
  readonly imports: Imports
  /** Everything that was told, in order. */
  readonly told: Import[]
  /** Communities that archives are held back of. */
  readonly held: string[]
  /** Brings files in and waits for the end. */
  run(input: Parameters<Imports['begin']>[0]): Promise<Import>
}

export function importing(node: SmallNode, clock: ImportsParts['clock'], seed = 'imports'): Importing {
  const told: Import[] = []
  const held: string[] = []
  const imports = new Imports({
    store: node.store,
    clock,
    random: seededRandom(`${seed} ${clock.now()}`),
    communities: communityPort(node.communities),
    hold: (communityId) => {
      held.push(communityId)
      return () => void held.splice(held.indexOf(communityId), 1)
    },
    imported: () => {},
    changed: (state) => told.push(state),
    log: () => {},
  })
  return {
    imports,
    told,
    held,
    run: async (input) => {
      const { id } = await imports.begin(input)
      await imports.idle()
      return (await imports.show(id)).import
    },
  }
}
