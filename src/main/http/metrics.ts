/**
 * What a monitoring system may know of a node, in Prometheus' text format: counts, rates and states. Never who or what:
 * no community, person, address or message is a label, because whoever runs a program on this machine may read it.
 */
import { Counter, Gauge, Registry } from 'prom-client'
import { createClient } from '../../shared/client.ts'
import type { EngineState, RequestOutput } from '../../shared/contract.ts'
import type { NetworkStatus, Transfer } from '../../shared/domain.ts'
import type { Api } from '../api/index.ts'

export interface Metrics {
  /** A request that was turned away, by its HTTP status. */
  refused(status: number): void
  read(): Promise<{ readonly type: string; readonly body: string }>
}

export interface MetricsParts {
  readonly api: Pick<Api, 'handle'>
  /** Browsers that have a socket open. */
  readonly browsers: () => number
  /** s since the process began, and what it has taken of the machine. */
  readonly usage?: () => Usage
}

interface Usage {
  readonly uptime: number
  /** s of processor time, all threads. */
  readonly processor: number
  /** bytes */
  readonly memory: number
}

/** What the node answers; null where nobody is logged in. */
interface Seen {
  readonly info: RequestOutput<'app.info'>
  readonly communities: number
  readonly owned: number
  readonly network: NetworkStatus | null
  readonly engines: readonly EngineState[]
  readonly transfers: readonly Transfer[]
}

export function createMetrics({ api, browsers, usage = ownUsage }: MetricsParts): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `chronicle_${name}`, help, labelNames: [...labelNames], registers })

  const info = gauge('info', 'Always 1; the version of the program.', ['version', 'mode'])
  const loggedIn = gauge('logged_in', '1 while somebody is logged in.')
  const sockets = gauge('browsers', 'Browsers that have a connection open.')
  const refusals = new Counter({
    name: 'chronicle_refused_requests_total',
    help: 'Requests turned away: wrong host, origin, session, method or path.',
    labelNames: ['status'],
    registers,
  })
  const communities = gauge('communities', 'Communities of the profile.', ['role'])
  const online = gauge('network_online', '1 while the network is reached.')
  const networkPeers = gauge('network_peers', 'Peers of the Waku network.')
  const outbox = gauge('outbox_messages', 'Messages that nobody has accepted yet.')
  const running = gauge('engine_running', '1 while the engine runs.', ['engine'])
  const transfers = gauge('transfers', 'Transfers by engine and by what they do.', ['engine', 'state'])
  const peers = gauge('transfer_peers', 'Peers of all transfers of an engine.', ['engine'])
  const rates = gauge('transfer_bytes_per_second', 'What an engine takes and gives.', ['engine', 'direction'])
  const uptime = gauge('uptime_seconds', 'Since the program was started.')
  const processor = gauge('processor_seconds', 'Processor time of all threads.')
  const memory = gauge('resident_memory_bytes', 'Memory of the program.')

  function set(seen: Seen): void {
    info.set({ version: seen.info.version, mode: seen.info.mode }, 1)
    loggedIn.set(seen.info.profile === null ? 0 : 1)
    sockets.set(browsers())
    const own = usage()
    uptime.set(own.uptime)
    processor.set(own.processor)
    memory.set(own.memory)
    // Numbers of somebody who has logged out say nothing any more.
    for (const metric of [communities, online, networkPeers, outbox, running, transfers, peers, rates]) metric.reset()
    communities.set({ role: 'owner' }, seen.owned)
    communities.set({ role: 'member' }, seen.communities - seen.owned)
    online.set(seen.network?.state === 'online' ? 1 : 0)
    networkPeers.set(seen.network?.peers ?? 0)
    outbox.set(seen.network?.outbox ?? 0)
    for (const { engine, state } of seen.engines) running.set({ engine }, state === 'running' ? 1 : 0)
    for (const transfer of seen.transfers) {
      const { engine } = transfer
      transfers.inc({ engine, state: transfer.seeding ? 'seeding' : 'downloading' })
      peers.inc({ engine }, transfer.peers)
      rates.inc({ engine, direction: 'in' }, transfer.downloadRate)
      rates.inc({ engine, direction: 'out' }, transfer.uploadRate)
    }
  }

  return {
    refused: (status) => refusals.inc({ status: String(status) }),
    async read() {
      set(await look(api))
      return { type: registry.contentType, body: await registry.metrics() }
    },
  }
}

async function look(api: Pick<Api, 'handle'>): Promise<Seen> {
  const client = createClient({ request: (name, input) => api.handle(name, input), subscribe: () => () => {} })
  const info = await client.request('app.info')
  const nobody: Seen = { info, communities: 0, owned: 0, network: null, engines: [], transfers: [] }
  if (info.profile === null) return nobody
  try {
    const communities = await client.request('communities.list')
    return {
      info,
      communities: communities.length,
      owned: communities.filter(({ role }) => role === 'owner').length,
      network: await client.request('network.status'),
      engines: await client.request('engines.list'),
      transfers: await client.request('transfers.list'),
    }
  } catch {
    // Logged out between two questions.
    return nobody
  }
}

function ownUsage(): Usage {
  const { user, system } = process.cpuUsage()
  return { uptime: process.uptime(), processor: (user + system) / 1e6, memory: process.memoryUsage.rss() }
}
