/** External Codex engines on loopback for tests, each with a fake node of its own; all stopped after the test. */
import { MessageChannel, type Worker } from 'node:worker_threads'
import { afterEach } from 'vitest'
import { systemClock } from '../../src/main/clock.ts'
import {
  createExternalCodexEngine,
  type ExternalEngineOptions,
} from '../../src/main/distribution/codex/external/engine.ts'
import { ExternalService } from '../../src/main/distribution/codex/external/service.ts'
import type { ExternalSettings } from '../../src/main/distribution/codex/external/settings.ts'
import type { DistributionEngine, EngineEvents } from '../../src/main/distribution/engine.ts'
import { serve } from '../../src/main/workers/rpc.ts'
import type { EnginesOfAKind } from './codex-contract.ts'
import { type FakeNodeOptions, FakeStorageNetwork, FakeStorageNode } from './fake-storage-node.ts'
import { communityA, temporaryFolder } from './torrent.ts'

const engines: DistributionEngine[] = []
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop().catch(() => {})))
})

/** Impatient, so that a test need not be. */
const quick = { beat: 200, poll: 5, firstRetry: 20, longestRetry: 60, round: 60_000 }

/**
 * The engine's thread without a thread: what is said to it crosses a port all the same, and nobody waits until a dozen
 * modules are loaded. The tests of threads that die have real ones.
 */
function withoutThread(settings: ExternalSettings): Worker {
  const { port1, port2 } = new MessageChannel()
  const service: ExternalService = new ExternalService(settings, systemClock, (event, value) =>
    server.emit(event, value),
  )
  const server = serve<EngineEvents>(port1, service)
  const terminate = async () => {
    await service.stop()
    port2.close()
    return 0
  }
  return Object.assign(port2, { terminate }) as unknown as Worker
}

export async function startExternal(
  node: { readonly url: string },
  options: Partial<ExternalEngineOptions> = {},
): Promise<DistributionEngine> {
  const usual = { root: temporaryFolder(), origin: node.url, ...quick, spawn: withoutThread }
  const engine = createExternalCodexEngine({ ...usual, ...options })
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

/** Engines whose nodes find those that they are told of. One that is opened again in its folder finds its own node. */
export function externalEngines(usual: FakeNodeOptions = {}): EnginesOfAKind {
  let network = new FakeStorageNetwork('connected')
  const byRoot = new Map<string, FakeStorageNode>()
  const byEngine = new Map<DistributionEngine, FakeStorageNode>()
  afterEach(() => {
    network = new FakeStorageNetwork('connected')
    byRoot.clear()
  })
  const open: EnginesOfAKind['open'] = async ({ root = temporaryFolder() } = {}) => {
    const node = byRoot.get(root) ?? (await FakeStorageNode.start({ ...usual, network }))
    byRoot.set(root, node)
    const engine = await startExternal(node, { root })
    byEngine.set(engine, node)
    return engine
  }
  return {
    open,
    member: async (owners, options) => {
      const engine = await open(options)
      const addresses = owners.flatMap((owner) => owner.status().addresses)
      engine.addPeers(communityA, addresses)
      return engine
    },
    silence: async (engine) => {
      await engine.stop()
      await byEngine.get(engine)?.stop()
    },
  }
}
