/** `chronicle codex`: the CIDs under which a file would travel by Codex (Logos Storage), and datasets put in and fetched. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { type Command, Option } from 'commander'
import { UsageError } from '../usage-error.ts'
import {
  DatasetHasher,
  describeDataset,
  type ManifestFormat,
  manifestFormats,
  mimetypeOf,
  WireError,
} from '../wire/index.ts'
import { registerDatasets } from './codex-datasets.ts'
import { type Cli, type JsonOption, jsonOption } from './context.ts'
import { exitCodes } from './failure.ts'
import { createOutput, type Output } from './output.ts'

/** Bytes read at once. */
const chunk = 1024 * 1024

export function registerCodex(program: Command, cli: Cli): void {
  const codex = program.command('codex').description('datasets of Codex (Logos Storage)')
  codex
    .command('cid')
    .argument('<file>', 'any file that is not empty')
    .description('the CIDs of tree and manifest that a file has there; nothing is stored or sent')
    .addOption(new Option('--format <format>', 'form of the manifest').choices([...manifestFormats]).default('v0'))
    .addOption(jsonOption())
    .action(async (file: string, options: JsonOption & { format: ManifestFormat }) => {
      cli.end(await codexCidCommand(file, options, createOutput(options)))
    })
  registerDatasets(codex)
}

/** Reads the file once, piece by piece. @returns the exit code. @throws UsageError */
export async function codexCidCommand(
  file: string,
  { format }: { readonly format: ManifestFormat },
  output: Output,
): Promise<number> {
  const found = await stat(file).catch(() => null)
  if (found === null) throw new UsageError(`There is nothing at ${file}.`)
  if (!found.isFile()) throw new UsageError(`${file} is not a file.`)
  if (found.size === 0) throw new UsageError(`${file} is empty, and a dataset has at least one byte.`)
  const filename = path.basename(file)
  try {
    const hasher = new DatasetHasher()
    for await (const bytes of createReadStream(file, { highWaterMark: chunk })) hasher.update(bytes)
    const names = { filename, mimetype: mimetypeOf(filename), format }
    const { treeCid: tree, manifestCid: manifest } = describeDataset(hasher.finish(), hasher.size, names)
    output.result({ tree, manifest, format }, `tree      ${tree}\nmanifest  ${manifest}  (${format})`)
    return exitCodes.ok
  } catch (error) {
    if (error instanceof WireError) throw new UsageError(`${file} has no CID: ${error.message}`)
    throw error
  }
}
