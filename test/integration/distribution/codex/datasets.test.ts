import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DatasetClient, DistributionEngine } from '../../../../src/main/distribution/engine.ts'
import { foreignDataset } from '../../../support/codex-bytes.ts'
import { contents, entryOf, publish, startEngine } from '../../../support/codex-engines.ts'
import { Stranger } from '../../../support/codex-stranger.ts'
import { bytesOf, communityA, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536
const filesOf = async (root: string) => (await readdir(join(root, 'datasets'))).length
function clientOf({ datasets }: DistributionEngine): DatasetClient {
  if (datasets === undefined) throw new Error('no datasets')
  return datasets
}
async function fileOf(name: string, data: Uint8Array) {
  const file = join(temporaryFolder(), name)
  await writeFile(file, data)
  return file
}

describe('a dataset by itself', () => {
  it('goes from one node to another by its CID, stays over a restart, and goes when it is removed', async () => {
    const [ownerRoot, root] = [temporaryFolder(), temporaryFolder()]
    const data = bytesOf('loose', 5 * block + 3)
    const owner = await startEngine({ root: ownerRoot })
    const file = await fileOf('archive-data.bin', data)
    const stored = await clientOf(owner).upload(file)
    expect(stored).toEqual({ cid: foreignDataset(data).cid, size: data.length })
    expect(await clientOf(owner).upload(file)).toEqual(stored)

    const member = await startEngine({ root })
    const client = clientOf(member)
    expect(await client.has(stored.cid)).toBe(false)
    client.connect(owner.status().addresses)
    const to = join(temporaryFolder(), 'copy')
    expect(await client.download(stored.cid, to)).toBe(data.length)
    expect(await readFile(to)).toEqual(data)
    await expect(client.download(stored.cid, to)).rejects.toMatchObject({ message: /is there already/ })
    expect(await client.has(stored.cid)).toBe(true)
    const { peer, connections, datasets } = await client.debug()
    expect(datasets).toBe(1)
    expect(connections[0]).toContain((await clientOf(owner).debug()).peer)
    expect(member.status().addresses[0]).toContain(peer)
    expect(member.status().transfers).toEqual([])

    await owner.stop()
    await member.stop()
    await member.start()
    const late = clientOf(await startEngine())
    late.connect(member.status().addresses)
    expect(await contents(await late.fetch(stored.cid))).toEqual(data)
    await client.remove(stored.cid)
    await client.remove(stored.cid)
    expect(await client.has(stored.cid)).toBe(false)
    expect(await filesOf(root)).toBe(0)
  })

  it('is not deleted where it is an archive, too, and an archive is not deleted with it', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [2 * block])
    const client = clientOf(owner)
    const { cid } = await client.upload(await fileOf('archive-data.bin', bytesOf('0', 2 * block)))
    expect(entryOf(set, 0).locator).toEqual({ kind: 'codex', cid })
    expect(await filesOf(root)).toBe(2)
    await client.remove(cid)
    expect(await client.has(cid)).toBe(true)
    // It is no dataset of ours to remove, and it was published.
    await client.remove(set.link)
    expect(await client.has(set.link)).toBe(true)
    await owner.seed(communityA, set.link, false)
    await owner.stop()
    await owner.start()
    expect(await client.has(cid)).toBe(true)
    expect(await filesOf(root)).toBe(2)
  })

  it('that is nothing, too large, a folder or no CID is refused with its reason', async () => {
    const client = clientOf(await startEngine({ maxDatasetBytes: 100 }))
    const put = async (name: string, data: Uint8Array) => client.upload(await fileOf(name, data))
    await expect(put('a', new Uint8Array())).rejects.toMatchObject({ code: 'unsupported' })
    await expect(put('a', new Uint8Array(101))).rejects.toMatchObject({ code: 'too-large' })
    await expect(client.upload(temporaryFolder())).rejects.toMatchObject({ code: 'not-found' })
    await expect(client.upload('/nowhere/at.all')).rejects.toMatchObject({ code: 'not-found' })
    for (const cid of ['', '../../etc/passwd', 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi']) {
      await expect(client.fetch(cid)).rejects.toMatchObject({ code: 'unsupported' })
      await expect(client.has(cid)).rejects.toMatchObject({ code: 'unsupported' })
      await expect(client.remove(cid)).rejects.toMatchObject({ code: 'unsupported' })
    }
    const large = foreignDataset(bytesOf('large', 200))
    const stranger = await Stranger.start([large])
    client.connect([stranger.address])
    const to = join(temporaryFolder(), 'to')
    await expect(client.download(large.cid, to)).rejects.toMatchObject({ code: 'too-large' })
    expect(existsSync(to)).toBe(false)
  })

  it('can be cancelled while nobody gives it, and is given up after its time', async () => {
    const client = clientOf(await startEngine())
    const { cid } = foreignDataset(bytesOf('nobody has this', 10))
    const controller = new AbortController()
    const cancelled = client.fetch(cid, { signal: controller.signal })
    controller.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
    await expect(client.fetch(cid, { timeout: 200 })).rejects.toMatchObject({ code: 'timeout', retryable: true })
  })
})
