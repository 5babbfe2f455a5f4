/** `chronicle archive …`: history archives, in files and of a community. */
import { type Command, Option } from 'commander'
import type { Client } from '../../shared/client.ts'
import type { History, ReplacementPreview, RequestInput, RequestOutput } from '../../shared/contract.ts'
import type { Community, Seconds } from '../../shared/domain.ts'
import { UsageError } from '../usage-error.ts'
import { describeStanding, registerArchiveOwner } from './archive-owner.ts'
import { archiveIdOf, findCommunity, switchOf } from './arguments.ts'
import { type Cli, type JsonOption, jsonOption } from './context.ts'
import { inspectCommand } from './inspect.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { createOutput, formatBytes, formatTable, type Output } from './output.ts'
import { withClient } from './with-client.ts'

type Wanted = RequestInput<'history.want'>['wanted']
/** As many as the contract gives at once: a century. */
const ALL_WEEKS = 5300

type Weeks = RequestOutput<'history.coverage'>['newest']
type Work = (client: Client, community: Community, output: Output) => Promise<void>

export function registerArchive(program: Command, cli: Cli): void {
  const archive = program.command('archive').description('history archives')
  const ofOne = (name: string, description: string) =>
    withNode(archive.command(name).description(description).argument('<community>', 'its id or name'))

  archive
    .command('inspect')
    .argument('<path>', 'a folder with index and data, or one such file, of any implementation')
    .description('decode an index and its archives, verify all of it, and list what is inside or wrong')
    .option('--messages', 'list every message (with --json)', false)
    .addOption(jsonOption())
    .action(async (target: string, options: JsonOption & { messages: boolean }) => {
      cli.end(await inspectCommand(target, options, createOutput(options)))
    })

  ofOne('list', 'every archive, and where it stands').action((wanted: string, options: NodeOptions) =>
    withHistory(wanted, options, async (client, { id }, output) => {
      const { archives } = await client.request('history.show', { communityId: id })
      output.result(archives, describeArchives(archives))
    }),
  )

  ofOne('status', 'what is archived, published, wanted, missing or refused').action(
    (wanted: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id, role }, output) => {
        const history = await client.request('history.show', { communityId: id })
        output.result(history, describeHistory(history, role))
      }),
  )

  ofOne('now', 'archive what is due and the running week, at once').action((wanted: string, options: NodeOptions) =>
    withHistory(wanted, options, async (client, { id }, output) => {
      const made = await client.request('history.archiveNow', { communityId: id })
      output.result(made, made.archives === 1 ? 'One archive was made.' : `${made.archives} archives were made.`)
    }),
  )

  for (const [name, on, description, said] of [
    ['pause', true, 'stop downloading until it is resumed', 'Paused.'],
    ['resume', false, 'go on downloading', 'Resumed.'],
  ] as const) {
    ofOne(name, description).action((wanted: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        await client.request('history.pause', { communityId: id, on })
        output.result({ id, paused: on }, said)
      }),
    )
  }

  ofOne('retry', 'try an archive again that was refused or failed')
    .argument('<archive>', 'its id')
    .action((wanted: string, text: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        const archiveId = archiveIdOf(text)
        await client.request('history.retry', { communityId: id, archiveId })
        output.result({ id, archiveId }, 'It is tried again.')
      }),
    )

  ofOne('want', 'which of the history a member gets')
    .argument('<what>', 'all, latest, or FROM..TO as 2026-01-01..2026-02-01')
    .action((wanted: string, text: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        const what = wantedOf(text)
        await client.request('history.want', { communityId: id, wanted: what })
        output.result({ id, wanted: what }, `Wanted from now on: ${text}.`)
      }),
    )

  ofOne('cancel', 'give up what is not here yet; the next announcement is followed again').action(
    (wanted: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        await client.request('history.cancel', { communityId: id })
        output.result({ id, cancelled: true }, 'Cancelled.')
      }),
  )

  ofOne('seed', 'offer what was downloaded to others, or stop')
    .argument('<on|off>')
    .action((wanted: string, text: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        const on = switchOf(text)
        await client.request('history.seed', { communityId: id, on })
        output.result({ id, seeding: on }, on ? 'It is offered to others.' : 'It is no longer offered to others.')
      }),
    )

  ofOne('coverage', 'which weeks are here, which are missing, and why').action((wanted: string, options: NodeOptions) =>
    withHistory(wanted, options, async (client, { id }, output) => {
      const coverage = await client.request('history.coverage', { communityId: id, limit: ALL_WEEKS })
      output.result(coverage, describeWeeks(coverage.newest))
    }),
  )

  registerArchiveOwner(archive)

  const replacement = ofOne('replacement', 'let archives take the place of what is here and in none of them')
  replacement
    .argument('<preview|on|off|restore>', 'what would be put aside; begin; stop; bring all of it back and stop')
    .action((wanted: string, what: string, options: NodeOptions) =>
      withHistory(wanted, options, (client, community, output) => replace(client, community, what, output)),
    )

  ofOne('policy', 'which raw records are kept, and what pruning would free').action(
    (wanted: string, options: NodeOptions) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        const policy = await client.request('history.retention', { communityId: id })
        const kept =
          policy.days === 0 ? 'Everything is kept.' : `Kept for ${policy.days} days once archived and announced.`
        const free = `Pruning would free ${policy.records} records, ${formatBytes(policy.bytes)}.`
        const held = `${policy.held} older ones stay: they are not yet archived and announced everywhere.`
        output.result(policy, [kept, free, ...(policy.held === 0 ? [] : [held])].join('\n'))
      }),
  )

  ofOne('prune', 'free raw records that need not be kept; messages stay')
    .addOption(new Option('--dry-run', 'only say what would be freed').default(false))
    .action((wanted: string, { dryRun, ...options }: NodeOptions & { dryRun: boolean }) =>
      withHistory(wanted, options, async (client, { id }, output) => {
        const pruned = await client.request('history.prune', { communityId: id, dryRun })
        const verb = dryRun ? 'Would free' : 'Freed'
        output.result(pruned, `${verb} ${pruned.records} records, ${formatBytes(pruned.bytes)}.`)
      }),
    )
}

const withHistory = (wanted: string, options: NodeOptions, work: Work): Promise<void> =>
  withClient(options, async (client, output) => work(client, await findCommunity(client, wanted), output))

async function replace(client: Client, { id }: Community, what: string, output: Output): Promise<void> {
  if (what === 'preview') {
    const preview = await client.request('history.previewReplacement', { communityId: id })
    output.result(preview, describeReplacement(preview))
  } else if (what === 'restore') {
    const restored = await client.request('history.restoreReplaced', { communityId: id })
    output.result(restored, `${restored.messages} messages are back; nothing is replaced any more.`)
  } else {
    const on = switchOf(what)
    await client.request('history.setReplacement', { communityId: id, on })
    output.result({ id, replaces: on }, on ? 'Archives replace what is here.' : 'Nothing more is replaced.')
  }
}

export function describeReplacement(preview: ReplacementPreview): string {
  const { on, messages, more, younger, unread, replaced, weeks, first } = preview
  return [
    `It is ${on ? 'on' : 'off'}. ${messages} messages are in no archive of their time${more ? ', and there may be older ones' : ''}.`,
    `${younger} messages are younger than the newest archive and stay.`,
    ...(unread === 0 ? [] : [`${unread} archives cannot be read now; until they can, nothing is replaced.`]),
    ...(replaced === 0 ? [] : [`${replaced} messages were put aside before and can be brought back.`]),
    ...weeks.map((week) => `week of ${day(week.from)}  ${week.messages}`),
    ...first.map(({ timestamp, authorName, text }) => `${moment(timestamp)}  ${authorName}: ${text}`),
  ].join('\n')
}

/** @throws UsageError */
export function wantedOf(text: string): Wanted {
  if (text === 'all' || text === 'latest') return { kind: text }
  const [, from = '', to = ''] = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(text) ?? []
  const seconds = (date: string) => Date.parse(`${date}T00:00:00Z`) / 1000
  if (seconds(from) < seconds(to)) return { kind: 'range', from: seconds(from) as Seconds, to: seconds(to) as Seconds }
  throw new UsageError(`It takes all, latest, or two dates as 2026-01-01..2026-02-01, not “${text}”.`)
}

export function describeArchives(archives: History['archives']): string {
  if (archives.length === 0) return 'There is no archive yet.'
  const rows = archives.map(({ id, engine, from, to, state, messages, bytes, reason }) => [
    id,
    engine,
    day(from),
    day(to),
    String(messages),
    formatBytes(bytes),
    reason === '' ? state : `${state}: ${reason}`,
  ])
  return formatTable(['ID', 'ENGINE', 'FROM', 'TO', 'MESSAGES', 'SIZE', 'STATE'], rows)
}

export function describeWeeks(weeks: Weeks): string {
  if (weeks.length === 0) return 'Nothing is known of its history yet.'
  const rows = weeks.map(({ from, to, state, missing, messages, live, peers }) => [
    day(from),
    day(to),
    missing === null ? state : `${state}: ${missing}`,
    String(messages),
    String(live),
    peers === null ? 'unknown' : String(peers),
  ])
  return formatTable(['FROM', 'TO', 'STATE', 'ARCHIVED', 'LIVE', 'PEERS'], rows)
}

export function describeHistory(history: History, role: Community['role']): string {
  const { archives, interval, lastEnd, nextAt, unarchived, links, gaps, paused, refused } = history
  const states = new Map<string, number>()
  for (const { state } of archives) states.set(state, (states.get(state) ?? 0) + 1)
  const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ')
  return [
    `archives    ${archives.length === 0 ? 'none' : counts}`,
    ...(lastEnd === null ? [] : [`up to       ${moment(lastEnd * 1000)}`]),
    ...(role === 'owner' ? [`interval    ${interval / 1000} s`, `unarchived  ${unarchived} messages`] : []),
    ...(nextAt === null ? [] : [`next        ${moment(nextAt)}`]),
    ...describeStanding(history),
    ...(paused ? ['paused'] : []),
    ...links.map(({ engine, clock, state }) => `link        ${engine}, ${state}, of ${moment(clock)}`),
    ...gaps.map(({ from, to }) => `missing     ${day(from)} to ${day(to)}: no store node has it any more`),
    ...refused.map(({ reason, count }) => `refused     ${count} ${reason}`),
  ].join('\n')
}

const moment = (ms: number): string => isoOf(ms, 16).replace('T', ' ')
const day = (seconds: Seconds): string => isoOf(seconds * 1000, 10)

/** A range that lies may be outside of what a date can say. */
function isoOf(ms: number, length: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().slice(0, length)
}
