/** `chronicle activity`: what a node did, in words. */
import type { Command } from 'commander'
import { Option } from 'commander'
import { type ActivityKind, type ActivityLine, activityKinds, activitySentence } from '../../shared/activity.ts'
import type { Client } from '../../shared/client.ts'
import type { CommunityId } from '../../shared/domain.ts'
import { whole } from './context.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

interface ActivityOptions extends NodeOptions {
  readonly community?: string
  readonly kind?: ActivityKind
  readonly before?: number
  readonly limit: number
}

export function registerActivity(program: Command): void {
  withNode(
    program
      .command('activity')
      .description('what this node did, newest last')
      .option('--community <id>', 'only what concerns this community')
      .addOption(new Option('--kind <kind>', 'only lines of this kind').choices([...activityKinds]))
      .option('--before <number>', 'only lines before this one', whole(1, Number.MAX_SAFE_INTEGER))
      .option('--limit <n>', 'how many lines', whole(1, 500), 50),
  ).action((options: ActivityOptions) =>
    withClient(options, async (client, output) => {
      const { community, kind, before, limit } = options
      const page = await client.request('activity.page', {
        limit,
        ...(community === undefined ? {} : { communityId: community as CommunityId }),
        ...(kind === undefined ? {} : { kind }),
        ...(before === undefined ? {} : { before }),
      })
      output.result(page, describeActivity(page, await namesOf(client)))
    }),
  )
}

/** One line of text for each line of the log, as they happened. */
export function describeActivity(
  { lines, dropped }: { readonly lines: readonly ActivityLine[]; readonly dropped: number },
  names: ReadonlyMap<CommunityId, string>,
): string {
  if (lines.length === 0) return 'There is nothing in the log.'
  const told = lines.toReversed().map((line) => {
    const where = line.communityId === null ? '' : `${names.get(line.communityId) ?? line.communityId.slice(0, 12)}: `
    const at = new Date(line.at).toISOString().slice(0, 19).replace('T', ' ')
    return `${String(line.seq).padStart(6)}  ${at}  ${where}${activitySentence(line.kind, line)}`
  })
  const gone = dropped === 0 ? [] : [`The ${dropped} oldest lines are no longer kept.`]
  return [...gone, ...told].join('\n')
}

async function namesOf(client: Client): Promise<ReadonlyMap<CommunityId, string>> {
  return new Map((await client.request('communities.list')).map(({ id, name }) => [id, name]))
}
