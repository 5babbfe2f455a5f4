/** `chronicle import …`: pasts from elsewhere, brought into communities of one’s own. */
import path from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../../shared/client.ts'
import type { Import, ImportReport } from '../../shared/contract.ts'
import type { CommunityId } from '../../shared/domain.ts'
import { isCommunityId } from '../../shared/ids.ts'
import { UsageError } from '../usage-error.ts'
import type { Cli } from './context.ts'
import { exitCodes } from './failure.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { formatBytes, formatTable, type Output } from './output.ts'
import { withClient } from './with-client.ts'

interface DiscordOptions extends NodeOptions {
  readonly community: string
  readonly map: readonly string[]
  readonly dryRun: boolean
}

/** Imports that `chronicle import list` shows. */
const LISTED = 100

export function registerImport(program: Command, cli: Cli): void {
  const imports = program.command('import').description('bring in a past from elsewhere')

  withNode(
    imports
      .command('discord')
      .argument('<file...>', 'exports of DiscordChatExporter, in JSON; media beside them are taken along')
      .description('bring the messages of Discord channels into a community of yours, and archive them')
      .requiredOption('--community <id>', 'which community')
      .option('--map <from=to...>', 'a Discord channel, by name or id, and the channel here that it belongs to', [])
      .option('--dry-run', 'only say what would be brought in and what not; nothing is written', false),
  ).action((files: string[], options: DiscordOptions) =>
    withClient(options, async (client, output) => {
      const communityId = communityIdOf(options.community)
      const { id } = await client.request('imports.start', {
        communityId,
        kind: 'discord',
        files: files.map((file) => path.resolve(file)),
        map: options.map.map(mappingOf),
        dryRun: options.dryRun,
      })
      cli.end(await follow(client, id, output, cli.stopped))
    }),
  )

  withNode(imports.command('list').description('imports of this profile, the newest first')).action(
    (options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const all = await client.request('imports.list', { limit: LISTED })
        const rows = all.map((one) => [one.id, one.state, String(one.files), String(one.added), percent(one)])
        const text =
          rows.length === 0 ? 'Nothing was imported yet.' : formatTable(['ID', 'STATE', 'FILES', 'ADDED', 'READ'], rows)
        output.result(all, text)
      }),
  )

  withNode(
    imports.command('show').argument('<id>').description('what an import brought in, and what it left out'),
  ).action((id: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const report = await client.request('imports.show', { id })
      output.result(report, reportText(report))
    }),
  )

  withNode(
    imports.command('resume').argument('<id>').description('go on with an import that was cancelled or failed'),
  ).action((id: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      await client.request('imports.resume', { id })
      cli.end(await follow(client, id, output, cli.stopped))
    }),
  )
}

/** Shows progress until the import has ended, and then until it is archived; a person who stops it can resume it. */
async function follow(client: Client, id: string, output: Output, stopped: AbortSignal): Promise<number> {
  const step = output.step('Importing', (await client.request('imports.show', { id })).import.bytesTotal)
  const end = await new Promise<Import>((resolve, reject) => {
    const look = (state: Import) => {
      step.update(state.bytesDone)
      if (state.state !== 'running') resolve(state)
    }
    client.subscribe('imports.changed', ({ import: state }) => {
      if (state.id === id) look(state)
    })
    const cancel = () => client.request('imports.cancel', { id }).then(look, reject)
    if (stopped.aborted) void cancel()
    stopped.addEventListener('abort', () => void cancel(), { once: true })
    client.request('imports.show', { id }).then((report) => look(report.import), reject)
  })
  step.done(`${end.messages} messages read, ${end.added} added`)
  const archives = end.dryRun || end.added === 0 ? null : await archived(client, end.communityId, output, stopped)
  const report = await client.request('imports.show', { id })
  output.result({ ...report, archives }, reportText(report))
  if (end.state === 'cancelled') output.say(`Go on with: chronicle import resume ${id}`)
  return end.state === 'done' ? exitCodes.ok : exitCodes.bad
}

/** Waits until every week that is over has its archive. @returns how many archives there are; null where they are off */
async function archived(
  client: Client,
  communityId: CommunityId,
  output: Output,
  stopped: AbortSignal,
): Promise<number | null> {
  const community = (await client.request('communities.list')).find(({ id }) => id === communityId)
  if (community === undefined || !community.historyArchives) {
    output.say('History archives are switched off for this community: nothing is published.')
    return null
  }
  const step = output.step('Archiving')
  const archives = await new Promise<number>((resolve, reject) => {
    const look = () =>
      client.request('history.show', { communityId }).then((history) => {
        const made = history.archives.filter(({ state }) => state === 'published').length
        if (history.nextAt !== null || history.unarchived === 0 || stopped.aborted) resolve(made)
      }, reject)
    client.subscribe('history.changed', (event) => {
      if (event.communityId === communityId) void look()
    })
    client.subscribe('history.signal', ({ name, detail }) => {
      if (name === 'historyArchivesNotice' && detail !== '') output.say(detail)
    })
    stopped.addEventListener('abort', () => void look(), { once: true })
    void look()
  })
  step.done(`${archives} archives published`)
  return archives
}

function reportText({ import: done, files, examples }: ImportReport): string {
  const counts = `${done.messages} messages read, ${done.added} ${done.dryRun ? 'would be added' : 'added'}, ${done.known} known before`
  const lines = [`${states[done.state]} ${counts}, ${formatBytes(done.bytesTotal)}.`]
  if (done.error !== '') lines.push(done.error)
  for (const { path: file, channel, error, messages } of files) {
    const where = channel === '' ? '' : ` (${channel})`
    if (error === null) lines.push(`  ${file}${where}: ${messages} messages`)
    else lines.push(`  ${file}${where}: line ${error.line}, byte ${error.byte}: ${error.reason}`)
  }
  for (const { reason, count } of done.leftOut) {
    lines.push(`Left out, ${reason}: ${count}`)
    for (const example of examples.filter((one) => one.reason === reason).slice(0, 3))
      lines.push(`  ${path.basename(example.path)}, line ${example.line}: ${example.detail}`)
  }
  return lines.join('\n')
}

const states: Readonly<Record<Import['state'], string>> = {
  running: 'Under way:',
  done: 'Done:',
  incomplete: 'Done, but not every file could be read to its end:',
  cancelled: 'Cancelled:',
  failed: 'Failed:',
}

const percent = ({ bytesDone, bytesTotal }: Import): string =>
  `${bytesTotal === 0 ? 100 : Math.floor((100 * bytesDone) / bytesTotal)} %`

/** @throws UsageError */
function communityIdOf(text: string): CommunityId {
  if (isCommunityId(text)) return text
  throw new UsageError(
    '--community takes the id of a community: 0x and 66 digits. List yours with: chronicle community list',
  )
}

/** @throws UsageError */
function mappingOf(text: string): { from: string; to: string } {
  const at = text.lastIndexOf('=')
  if (at > 0 && at < text.length - 1) return { from: text.slice(0, at), to: text.slice(at + 1) }
  throw new UsageError(`--map takes FROM=TO, not “${text}”.`)
}
