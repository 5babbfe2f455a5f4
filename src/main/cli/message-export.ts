/** `chronicle message export`: takes a history along as a file, or writes it to stdout as it is read. */
import { constants, createReadStream } from 'node:fs'
import { copyFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import type { Client } from '../../shared/client.ts'
import type { RequestInput, RequestOutput } from '../../shared/contract.ts'
import { UsageError } from '../usage-error.ts'
import { findChannel, findCommunity } from './arguments.ts'
import type { Cli } from './context.ts'
import type { NodeOptions } from './node-options.ts'
import { formatBytes, type Output } from './output.ts'
import { withClient } from './with-client.ts'

interface ExportOptions extends NodeOptions {
  readonly channel?: string
  readonly format: 'json' | 'html' | 'text'
  readonly to?: string
  readonly includeBanned: boolean
}

type Request = RequestInput<'messages.export'>
type Exported = RequestOutput<'messages.export'>

export function registerExport(ofCommunity: (name: string, description: string) => Command, cli: Cli): void {
  ofCommunity('export', 'write everything that was said into one file, however much it is')
    .option('--channel <channel>', 'only this one, by its name or id')
    .addOption(
      new Option('--format <format>', 'for programs, for a browser, or plain')
        .choices(['json', 'html', 'text'])
        .default('json'),
    )
    .option('--to <file>', 'where to, - for stdout; it must not exist yet (default: the profile’s exports folder)')
    .option('--include-banned', 'also of people who were banned', false)
    .action((wanted: string, options: ExportOptions) =>
      withClient(
        options,
        async (client, output) => {
          const community = await findCommunity(client, wanted)
          const { channel, format, includeBanned, to } = options
          const chatId = channel === undefined ? null : findChannel(community, channel).chatId
          if (to !== undefined && to !== '-') await refuseExisting(path.resolve(to))
          const request = { communityId: community.id, chatId, format, includeBanned }
          await deliver(await exportHistory(client, request, output, cli.stopped), to, output)
        },
        { share: true },
      ),
    )
}

/** Shows how far it is; a person who stops it leaves nothing of it behind. */
async function exportHistory(
  client: Client,
  request: Request,
  output: Output,
  stopped: AbortSignal,
): Promise<Exported> {
  let id: string | null = null
  let step: ReturnType<Output['step']> | null = null
  const cancel = (): void => {
    if (id !== null) void client.request('messages.cancelExport', { id })
  }
  const stop = client.subscribe('messages.exporting', (event) => {
    const { communityId, chatId, format } = event
    if (communityId !== request.communityId || chatId !== request.chatId || format !== request.format) return
    id ??= event.id
    if (id !== event.id) return
    step ??= output.step('Exporting', event.total)
    step.update(event.messages)
    if (stopped.aborted) cancel()
  })
  stopped.addEventListener('abort', cancel, { once: true })
  try {
    const exported = await client.request('messages.export', request)
    step ??= output.step('Exporting')
    step.done(`${exported.messages} messages, ${formatBytes(exported.bytes)}`)
    return exported
  } finally {
    stop()
    stopped.removeEventListener('abort', cancel)
  }
}

/** The node writes beside the profile; from there it goes to where it is wanted. */
async function deliver(exported: Exported, to: string | undefined, output: Output): Promise<void> {
  if (to === '-') {
    await pipeline(createReadStream(exported.path), process.stdout, { end: false })
    await rm(exported.path)
    return
  }
  if (to === undefined) return output.result(exported, exported.path)
  const target = path.resolve(to)
  await copyFile(exported.path, target, constants.COPYFILE_EXCL)
  await rm(exported.path)
  output.result({ ...exported, path: target }, target)
}

/** Told before anything is written. @throws UsageError */
async function refuseExisting(target: string): Promise<void> {
  const isThere = await stat(target).then(
    () => true,
    () => false,
  )
  if (isThere) throw new UsageError(`${target} exists already.`)
}
