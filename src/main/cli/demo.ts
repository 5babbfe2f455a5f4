/** `chronicle demo`: the main job on this machine, step by step, and whether its result is right. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { type Demo, keepFor, readCorpus, runDemo } from '../demo/index.ts'
import { UsageError } from '../usage-error.ts'
import { type Cli, type JsonOption, jsonOption, whole } from './context.ts'
import { exitCodes } from './failure.ts'
import { createOutput, formatBytes, formatDuration, type Output } from './output.ts'

export interface DemoArguments {
  readonly corpus?: string
  readonly members: number
  readonly engine: 'torrent' | 'codex' | 'both'
  readonly keep?: string
}

export function registerDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('archive a history and restore it, through a real Waku network and real transfers on this machine')
    .option('--corpus <file>', 'messages to publish, one JSON object a line, plain or .gz (default: own sample)')
    .addOption(
      new Option('--engine <engine>', 'how archives travel').choices(['torrent', 'codex', 'both']).default('torrent'),
    )
    .option('--members <n>', 'members that restore the history', whole(1, 50), 1)
    .option('--keep <dir>', 'leave archives and histories in this folder, for others to check')
    .addOption(jsonOption())
    .action(async (options: JsonOption & DemoArguments) => {
      cli.end(await demoCommand(options, createOutput(options), cli.stopped))
    })
}

/** The app's own sample; it lies at the same distance from src/ and from out/. */
const sample = fileURLToPath(new URL('../../../resources/sample/community.ndjson', import.meta.url))

/** @returns the exit code: 1 if a member's history differs from the input. */
export async function demoCommand(given: DemoArguments, output: Output, signal: AbortSignal): Promise<number> {
  const corpus = await readCorpus(given.corpus ?? sample)
  if (given.keep !== undefined) await emptyFolder(given.keep)
  const folder = await mkdtemp(path.join(tmpdir(), 'chronicle-demo-'))
  try {
    const log = process.env.CHRONICLE_DEBUG ? (line: string) => output.say(line) : undefined
    const demo = await runDemo({
      corpus,
      members: given.members,
      engines: given.engine === 'both' ? ['torrent', 'codex'] : [given.engine],
      folder,
      signal,
      step: (title, total) => output.step(title, total),
      ...(log === undefined ? {} : { log }),
    })
    try {
      if (given.keep !== undefined) {
        const { communityId, owner, histories } = demo
        await keepFor(given.keep, {
          communityId,
          torrents: given.engine === 'codex' ? null : owner.torrents,
          histories,
        })
      }
    } finally {
      await demo.close()
    }
    output.result(demo.result, describe(demo))
    return demo.comparisons.every(({ identical }) => identical) ? exitCodes.ok : exitCodes.bad
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What is kept must not be mixed with what somebody kept before. @throws UsageError */
async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0)
    throw new UsageError(`${folder} is not empty. Name another folder for --keep.`)
}

function describe({ result, comparisons }: Demo): string {
  const { input, archives, members, timings } = result
  const bytes = archives.reduce((sum, archive) => sum + archive.bytes, 0)
  const lines = [
    `${input.messages} messages of ${input.authors} authors in ${input.channels} channels`,
    `${archives.length} archives, ${formatBytes(bytes)}`,
  ]
  for (const [index, member] of members.entries()) {
    const { imported, rejected, downloadedBytes, timings: own } = member
    const verdict = member.identical ? 'identical to what was said' : 'NOT identical to what was said'
    const rate = Math.round((imported * 1000) / Math.max(1, own.restore))
    lines.push(
      `Member ${index + 1}: ${imported} messages, ${rejected} refused, ${formatBytes(downloadedBytes)} downloaded in ` +
        `${formatDuration(own.restore)} (${rate} messages/s): ${verdict}`,
    )
    for (const example of comparisons[index]?.examples ?? []) lines.push(`  ${example}`)
  }
  lines.push(`In all ${formatDuration(timings.total)}`)
  return lines.join('\n')
}
