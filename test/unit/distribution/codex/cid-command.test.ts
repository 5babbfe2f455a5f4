import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codexCidCommand } from '../../../../src/main/cli/codex.ts'
import type { Output } from '../../../../src/main/cli/output.ts'
import type { ManifestFormat } from '../../../../src/main/wire/index.ts'
import { temporaryFolder } from '../../../support/torrent.ts'

async function cid(name: string, bytes: Uint8Array, format: ManifestFormat = 'v0'): Promise<unknown> {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, bytes)
  let result: unknown
  const output: Pick<Output, 'result'> = {
    result: (value) => {
      result = value
    },
  }
  expect(await codexCidCommand(file, { format }, output as Output)).toBe(0)
  return result
}

describe('chronicle codex cid', () => {
  // Computed by another program from CODEX.md §4; every byte is an x.
  it.each([
    [1, 'zDzSvJTf6i1Bq2cFynGDaXRM6yrYtcE975KJh2sNrULWH7DxKeBY', 'zDvZRwzkxrquLDBmESiKcVw734T2AnAjA3WUWoQ68b7e9N6dErJx'],
    [
      65_535,
      'zDzSvJTfEie5crK3ctSoZh6ZzKvYnkktU81mtmwuebRdZbb17z7B',
      'zDvZRwzm3xPcsz3aDYNeQVjeRVKQuM4xiUngS7cccFNtV4T2CaXM',
    ],
    [
      65_536,
      'zDzSvJTfACvBLm9VxpoixPLG67pS81gZiwyz9KpJKUsNTjPFEzCG',
      'zDvZRwzm8tXUCNKJ1xBVxURRYQUrsS51YkaxbANqFkaghDL97FpD',
    ],
    [
      65_537,
      'zDzSvJTfDUUHxyZKGHv9udkqKR3UL73FcAyz5AH7QLBiiRBT5M4Y',
      'zDvZRwzkxpZ9W3gZTxoF97XdpoZyvWmZpY5k3ZkBHBAUw4o8Bvmg',
    ],
    [
      196_608,
      'zDzSvJTfGDbXLqW42LwbPSKaYXRykLSS3Euff2hV3sApa2azANfZ',
      'zDvZRwzmAcmc8nUNdkzmzmx9fnPxW3wcMskvMncXmXzx7HKPsdSw',
    ],
    [
      31_000_000,
      'zDzSvJTezUoBSFN56XpRo5cMRtJVcvFu6geaVQuNmhg5TjPEK7Ep',
      'zDvZRwzm3KZ483DgKMXZBcPiu118GQWjEjmhjxWxdkNVCHwe1n9U',
    ],
  ])('of %i bytes', async (size, tree, manifest) => {
    expect(await cid(`${size}.bin`, Buffer.alloc(size, 'x'))).toEqual({ tree, manifest, format: 'v0' })
  })

  it('takes name, type and format into the manifest, and not into the tree', async () => {
    const hello = Buffer.from('Hello World!')
    const tree = 'zDzSvJTf8JYwvysKPmG7BtzpbiAHfuwFMRphxm4hdvnMJ4XPJjKX'
    expect(await cid('hello.txt', hello, 'codex')).toEqual({
      tree,
      manifest: 'zDvZRwzmAkhzDRPH5EW242gJBNZ2T7aoH2v1fVH66FxXL4kSbvyM',
      format: 'codex',
    })
    expect(await cid('hello.txt', hello, 'storage03')).toEqual({
      tree,
      manifest: 'zDvZRwzm93r6pbHvCDtfXiLiLF96cXTiX5rkv1fWMLGfV1NJX8cr',
      format: 'storage03',
    })
  })

  it('says what is wrong with an empty file, a folder, and nothing', async () => {
    await expect(cid('empty.bin', new Uint8Array())).rejects.toThrow('is empty, and a dataset has at least one byte')
    const output = {} as Output
    await expect(codexCidCommand(temporaryFolder(), { format: 'v0' }, output)).rejects.toThrow('is not a file')
    await expect(codexCidCommand('/nowhere/at.all', { format: 'v0' }, output)).rejects.toThrow('There is nothing at')
  })
})
