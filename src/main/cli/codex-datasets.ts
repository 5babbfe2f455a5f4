/** `chronicle codex put` and `get`: a file becomes a dataset of this node, and a dataset a file. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { whole } from './context.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

interface GetOptions extends NodeOptions {
  readonly to?: string
  readonly peer: readonly string[]
  readonly timeout: number
}

export function registerDatasets(codex: Command): void {
  withNode(
    codex.command('put').argument('<file>', 'any file that is not empty').description('give a file to whoever asks'),
  ).action((file: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      if (!(await stat(file).catch(() => null))?.isFile()) throw new UsageError(`There is no file at ${file}.`)
      const { folder } = await client.request('codex.tray')
      const place = randomBytes(16).toString('hex')
      const name = path.basename(file)
      await mkdir(path.join(folder, place), { mode: 0o700 })
      try {
        // Where the disk can, both share their bytes.
        await copyFile(file, path.join(folder, place, name), constants.COPYFILE_FICLONE)
        const put = await client.request('codex.put', { place, name })
        output.result(put, `${put.cid}  (${put.bytes} bytes)`)
      } finally {
        await rm(path.join(folder, place), { recursive: true, force: true })
      }
    }),
  )
  withNode(
    codex
      .command('get')
      .argument('<cid>', 'of the manifest')
      .description('fetch a dataset into a file')
      .option('--to <file>', 'where to (default: a file of that name here); it must not be there yet')
      .option(
        '--peer <multiaddr>',
        'a peer that may have it; may be repeated',
        (one, all: string[]) => [...all, one],
        [],
      )
      .option('--timeout <s>', 'seconds without anything new', whole(1, 3600), 60),
  ).action((cid: string, options: GetOptions) =>
    withClient(options, async (client, output) => {
      const to = path.resolve(options.to ?? cid)
      if ((await stat(to).catch(() => null)) !== null) throw new UsageError(`${to} is there already.`)
      const found = await client.request('codex.get', {
        cid,
        peers: [...options.peer],
        timeout: options.timeout * 1000,
      })
      await copyFile(found.path, to, constants.COPYFILE_EXCL)
      output.result({ cid, file: to, bytes: found.bytes }, `${to}  (${found.bytes} bytes)`)
    }),
  )
}
