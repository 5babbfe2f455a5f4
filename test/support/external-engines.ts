/** External Codex engines on loopback for tests, each with a fake node of its own; all stopped after the test. */
import { afterEach } from 'vitest'
import {
  createExternalCodexEngine,
  type ExternalEngineOptions,
} from '../../src/main/distribution/codex/external/engine.ts'
import type { DistributionEngine } from '../../src/main/distribution/engine.ts'
import { type FakeNodeOptions, FakeStorageNetwork, FakeStorageNode } from './fake-storage-node.ts'
import { temporaryFolder } from './torrent.ts'

const engines: DistributionEngine[] = []
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop().catch(() => {})))
})

/** Impatient, so that a test need not be. */
const quick = { beat: 200, poll: 5, firstRetry: 20, longestRetry: 60, round: 60_000 }

export async function startExternal(
  node: { readonly url: string },
  options: Partial<ExternalEngineOptions> = {},
): Promise<DistributionEngine> {
  const engine = createExternalCodexEngine({ root: temporaryFolder(), origin: node.url, ...quick, ...options })
  engines.push(engine)
  await engine.start()
  return engine
}

export interface WithNode {
  readonly engine: DistributionEngine
  readonly node: FakeStorageNode
}

/** Nodes whose datasets can be had from each other, and an engine on each of them. */
export function neighbourhood(usual: FakeNodeOptions = {}) {
  const network = new FakeStorageNetwork()
  return async (node: FakeNodeOptions = {}, engine: Partial<ExternalEngineOptions> = {}): Promise<WithNode> => {
    const fake = await FakeStorageNode.start({ ...usual, ...node, network })
    return { node: fake, engine: await startExternal(fake, engine) }
  }
}
