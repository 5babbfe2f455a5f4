import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressesIn } from '../../../../src/main/distribution/codex/embedded/entered.ts'
import { publish, startEngine } from '../../../support/codex-engines.ts'
import { communityA } from '../../../support/torrent.ts'

const addressOf = (engine: Awaited<ReturnType<typeof startEngine>>) => engine.status().addresses[0] ?? ''

/** A node of the DHT that has nothing of ours, as those are by which one enters it. */
async function dhtNode() {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({ protocol: '/ipfs/kad/1.0.0', clientMode: false, peerInfoMapper: passthroughMapper }),
    },
  })
  onTestFinished(() => Promise.resolve(node.stop()))
  return String(node.getMultiaddrs()[0])
}

describe('peers that no announcement named', () => {
  it('are asked when the person entered them', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [1000])
    const member = await startEngine({ peers: [addressOf(owner)] })
    expect((await member.openIndex(communityA, set.link)).length).toBeGreaterThan(0)
  })

  it('are found in the local network where it is turned on, and only within its reach', async () => {
    const nearby = { mdns: true, mdnsPort: 42_353, bindHost: '127.0.0.1' }
    const owner = await startEngine({ ...nearby, reach: 'lan' })
    const set = await publish(owner, [1000])
    const here = await startEngine({ ...nearby, reach: 'machine' })
    const member = await startEngine({ ...nearby, reach: 'lan' })
    expect((await member.openIndex(communityA, set.link)).length).toBeGreaterThan(0)
    await expect(here.openIndex(communityA, set.link, { timeout: 1000 })).rejects.toMatchObject({ code: 'timeout' })
  })

  it('R5.4 are found by the DHT where it is turned on', async () => {
    const bootstrap = [await dhtNode()]
    const owner = await startEngine({ bootstrap })
    const set = await publish(owner, [1000])
    await owner.seed(communityA, set.link, true)
    const member = await startEngine({ bootstrap })
    expect((await member.openIndex(communityA, set.link)).length).toBeGreaterThan(0)
  })

  it('are read from a signed record, which nobody can write for another', async () => {
    const [key, other] = [await generateKeyPair('secp256k1'), await generateKeyPair('secp256k1')]
    const at = multiaddr('/ip4/127.0.0.1/tcp/8070')
    const peer = peerIdFromPrivateKey(key)
    const record = new PeerRecord({ peerId: peer, multiaddrs: [at] })
    const seal = async (by: typeof key) => {
      const envelope = await RecordEnvelope.seal(record, by)
      return `spr:${Buffer.from(envelope.marshal()).toString('base64url')}`
    }
    expect(await addressesIn(await seal(key))).toEqual([`${at}/p2p/${peer}`])
    expect(await addressesIn(await seal(other))).toEqual([])
    expect(await addressesIn('spr:AAAA')).toEqual([])
  })
})
