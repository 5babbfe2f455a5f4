import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import type { DistributionEngine } from '../../../../src/main/distribution/engine.ts'
import { manifestCidBytes } from '../../../../src/main/wire/index.ts'
import type { ArchiveLink } from '../../../../src/shared/domain.ts'
import { Pipe } from '../../../support/codex-bytes.ts'
import { contents, entryOf, publish, startEngine, startMember } from '../../../support/codex-engines.ts'
import { Stranger } from '../../../support/codex-stranger.ts'
import { communityA, communityB, plainCodec, stage, temporaryFolder } from '../../../support/torrent.ts'

const providers = async (engine: DistributionEngine, link: ArchiveLink) =>
  (await engine.holders(communityA, link, [{ kind: 'codex', cid: link }]))[0] ?? 0

const addressOf = (engine: DistributionEngine) => engine.status().addresses[0] ?? ''

/** Asks as a node of ours does, in bytes: field 1 is the port, each field 2 a manifest. @returns the addresses */
async function ask(stranger: Stranger, whom: DistributionEngine, port: number, ...manifests: string[]) {
  const pipe = await question(stranger, whom, Buffer.concat([portField(port), ...manifests.map(manifestField)]))
  const body = await pipe.read((await pipe.read(2)).readUInt16LE(0))
  const told: string[] = []
  for (let at = 0; at < body.length; at += 2 + (body[at + 1] ?? 0))
    told.push(body.subarray(at + 2, at + 2 + (body[at + 1] ?? 0)).toString())
  return told
}

async function question(stranger: Stranger, whom: DistributionEngine, body: Buffer): Promise<Pipe> {
  const stream = await stranger.host.dialProtocol(multiaddr(addressOf(whom)), '/chronicle/codex-peers/1.0.0')
  const pipe = new Pipe(stream)
  pipe.write(Buffer.concat([Buffer.from([body.length & 255, body.length >> 8]), body]))
  return pipe
}

const portField = (port: number) => Buffer.from([8, (port & 127) | 128, ((port >> 7) & 127) | 128, port >> 14])
const manifestField = (cid: string) => Buffer.concat([Buffer.from([18, 38]), manifestCidBytes(cid)])

describe('nodes of one community', () => {
  it('hear of each other from the owner, and have the rest from each other when it is gone', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [300_000])
    const entry = entryOf(set, 0)
    const first = await startMember([owner])
    await first.openIndex(communityA, set.link)
    await first.fetch(communityA, set.link, entry)
    await first.seed(communityA, set.link, true)
    const root = temporaryFolder()
    const second = await startMember([owner], { root })
    await second.openIndex(communityA, set.link)
    await second.seed(communityA, set.link, true)
    await expect.poll(() => providers(second, set.link), { timeout: 20_000 }).toBe(2)
    await Promise.all([owner.stop(), second.stop()])
    // It remembers the other when it starts again, though nobody can tell it any more.
    const again = await startEngine({ root })
    expect(await contents(await again.fetch(communityA, set.link, entry))).toHaveLength(300_000)
  })
})

describe('a stranger', () => {
  it('hears nothing without a manifest that is served here, and only of who was here itself', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [1000])
    const staged = await stage(temporaryFolder(), 0, 1000, 'other')
    const other = await owner.publish(communityB, null, [staged], plainCodec)
    // Announced, but never seen: of that one nobody is told.
    owner.addPeers(communityA, [addressOf(owner).replace('127.0.0.1', '127.0.0.2')])
    const [one, two] = [await Stranger.start(), await Stranger.start()]
    expect(await ask(one, owner, 4001, other.link)).toEqual([])
    expect(await ask(one, owner, 4001, set.link)).toEqual([])
    // Wherever it says that it listens, it is the address from which it spoke.
    expect(await ask(two, owner, 4002, set.link)).toEqual([`/ip4/127.0.0.1/tcp/4001/p2p/${one.peer}`])
    expect(await ask(two, owner, 0, 'zDvZRwzmBEaJ338xaCHbKbGAJ4X41YyccS6eyorrYBbmPnWuLxCh')).toEqual([])
    expect(await ask(one, owner, 4001, set.link)).toEqual([`/ip4/127.0.0.1/tcp/4002/p2p/${two.peer}`])
  })

  it('is not listened to again after a question that is none, and may ask for blocks all the same', async () => {
    const owner = await startEngine()
    const set = await publish(owner, [1000])
    const stranger = await Stranger.start()
    owner.addPeers(communityA, [stranger.address])
    const rude = await question(
      stranger,
      owner,
      Buffer.concat(Array.from({ length: 9 }, () => manifestField(set.link))),
    )
    await expect(rude.read(1)).rejects.toThrow()
    await expect(ask(stranger, owner, 4001, set.link)).rejects.toThrow()
    const found = await stranger.askManifest(addressOf(owner), manifestCidBytes(set.link))
    expect(found.status).toBe(0)
  })
})
