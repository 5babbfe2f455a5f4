/**
 * The libp2p host of a node without listeners: `createLightNode` of the unmodified @waku/sdk, told to connect to nothing
 * by itself. No bootstrap list, no DNS, no peer exchange, no peer cache (a browser's localStorage), no recovery dials:
 * the supervisor decides what is dialled, and the gate below lets nothing else through.
 */
import type { Libp2p } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { all } from '@libp2p/websockets/filters'
import { FilterCodecs } from '@waku/core'
import { createLightNode } from '@waku/sdk'
import { asWakuError } from '../errors.ts'
import { monitoring, muxing } from '../frames.ts'

export interface LightHost {
  readonly libp2p: Libp2p
  stop(): Promise<void>
}

export async function startLightHost(clusterId: number, mayDial: (address: string) => boolean): Promise<LightHost> {
  saysOnline()
  try {
    const node = await createLightNode({
      networkConfig: { clusterId },
      defaultBootstrap: false,
      userAgent: 'chronicle',
      // Its recovery knows the peer store only, whose addresses expire (WAKU.md pitfall 5); pings are libp2p's own.
      connectionManager: { enableAutoRecovery: false, pingKeepAlive: 0, relayKeepAlive: 0 },
      libp2p: {
        hideWebSocketInfo: true,
        filterMultiaddrs: false,
        transports: [tcp(), webSockets({ filter: all })],
        streamMuxers: [mplex(muxing)],
        connectionMonitor: monitoring,
        connectionGater: { denyDialMultiaddr: (address) => !mayDial(address.toString()) },
      },
    })
    // The SDK's filter answers pushes until it is told not to; ours does (filter.ts says why).
    await node.libp2p.unhandle(FilterCodecs.PUSH)
    return { libp2p: node.libp2p, stop: () => node.stop() }
  } catch (error) {
    throw asWakuError(error, 'unavailable', 'The light node cannot start.')
  }
}

/** Node has a navigator without `onLine`, which the SDK takes for "offline" (WAKU.md pitfall 6). */
function saysOnline(): void {
  if (typeof navigator === 'object' && !('onLine' in navigator))
    Object.defineProperty(navigator, 'onLine', { value: true, configurable: true })
}
