/** Peers as a person enters them. */
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'

/** bytes */
const recordAtMost = 1024

/** What somebody entered: a multiaddr, or a signed peer record as nodes print it (`spr:…`), which is verified. */
export async function addressesIn(text: string): Promise<string[]> {
  if (!text.startsWith('spr:')) return [text]
  const bytes = Buffer.from(text.slice(4), 'base64url')
  if (bytes.length === 0 || bytes.length > recordAtMost) return []
  try {
    const envelope = await RecordEnvelope.openAndCertify(bytes, PeerRecord.DOMAIN)
    const { peerId, multiaddrs } = PeerRecord.createFromProtobuf(envelope.payload)
    // A record speaks for the peer that signed it, and for nobody else.
    if (!peerId.toCID().equals(envelope.publicKey.toCID())) return []
    return multiaddrs.slice(0, 8).map((address) => `${address.decapsulateCode(421)}/p2p/${peerId}`)
  } catch {
    return []
  }
}
