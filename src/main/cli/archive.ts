/** `chronicle archive …`: history archives, in files and of a community. */
import type { Command } from 'commander'
import { type Cli, type JsonOption, jsonOption } from './context.ts'
import { inspectCommand } from './inspect.ts'
import { createOutput } from './output.ts'

export function registerArchive(program: Command, cli: Cli): void {
  const archive = program.command('archive').description('history archives')

  archive
    .command('inspect')
    .argument('<path>', 'a folder with index and data, or one such file, of any implementation')
    .description('decode an index and its archives, verify all of it, and list what is inside or wrong')
    .option('--messages', 'list every message (with --json)', false)
    .addOption(jsonOption())
    .action(async (target: string, options: JsonOption & { messages: boolean }) => {
      cli.end(await inspectCommand(target, options, createOutput(options)))
    })
}
