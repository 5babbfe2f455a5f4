/** The libp2p host of the engine: TCP, noise, yamux and mplex, and what looks for peers only where that was turned on. */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { EngineError } from '../../engine.ts'
import { reachable } from './address.ts'
import { discoveryServices } from './discovery.ts'
import type { CodexSettings } from './settings.ts'

export interface HostOptions {
  readonly settings: Pick<CodexSettings, 'bindHost' | 'reach' | 'port' | 'mdns' | 'mdnsPort' | 'bootstrap'>
  readonly key: PrivateKey
  /** Tried first where any port is as good as another; null if there was none. */
  readonly lastPort: number | null
  readonly isBanned: (peer: string) => boolean
}

const MiB = 1024 * 1024
/** bytes of a frame of yamux, header included: what noise encrypts at once. One byte more would be a message of its own. */
const frameBytes = 65_519
/** Connections at once, all peers together. */
const connections = 200

/** @throws EngineError `unavailable` if it cannot listen. */
export async function startHost(options: HostOptions): Promise<Libp2p> {
  const { port } = options.settings
  const ports = port === 0 && options.lastPort !== null ? [options.lastPort, 0] : [port]
  let failure: unknown
  for (const each of ports) {
    const host = await createHost(options, each)
    try {
      await host.start()
      return host
    } catch (error) {
      failure = error
      await Promise.resolve(host.stop()).catch(() => {})
    }
  }
  const where = `${options.settings.bindHost ?? 'all addresses'}, port ${port}`
  throw new EngineError('unavailable', `The Codex engine cannot listen on ${where}. Choose another port.`, {
    cause: failure,
  })
}

/** The TCP port that a started host has. */
export function portOf(host: Libp2p): number {
  for (const address of host.getMultiaddrs()) {
    const [, , , transport, port] = address.toString().split('/')
    if (transport === 'tcp') return Number(port)
  }
  return 0
}

/** Where others can dial it, with its peer id: at the given IP addresses, or where it listens if none are given. */
export function addressesOf(host: Libp2p, ips: readonly string[]): string[] {
  if (ips.length === 0) return host.getMultiaddrs().map(String)
  return ips.map((ip) => `/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/${portOf(host)}/p2p/${host.peerId}`)
}

function createHost({ settings, key, isBanned }: HostOptions, port: number): Promise<Libp2p> {
  const { bindHost, reach } = settings
  const hosts = bindHost === null ? ['0.0.0.0', '::'] : [bindHost]
  return createLibp2p({
    privateKey: key,
    start: false,
    addresses: { listen: hosts.map((host) => `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`) },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    // Newer nodes speak yamux only, older ones mplex only. A window of responses must fit into either's buffer.
    streamMuxers: [
      yamux({ maxInboundStreams: 256, maxOutboundStreams: 256, maxMessageSize: frameBytes }),
      mplex({ maxStreamBufferSize: 16 * MiB, disconnectThreshold: 500 }),
    ],
    connectionManager: {
      maxConnections: connections,
      maxParallelDials: 16,
      inboundConnectionThreshold: 100,
      maxIncomingPendingConnections: 50,
    },
    connectionGater: {
      denyDialMultiaddr: (address) => !reachable(address.toString(), reach),
      denyDialPeer: (peer) => isBanned(peer.toString()),
      denyInboundConnection: ({ remoteAddr }) => !reachable(remoteAddr.toString(), reach),
      denyInboundEncryptedConnection: (peer) => isBanned(peer.toString()),
    },
    services: { identify: identify({ agentVersion: 'chronicle' }), ...discoveryServices(settings) },
  })
}
