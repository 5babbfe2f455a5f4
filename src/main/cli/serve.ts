/** `chronicle serve`: the daemon, which reads its own options. */
import type { Command } from 'commander'
import { runDaemon } from '../http/index.ts'
import type { Cli } from './context.ts'

export function registerServe(program: Command, cli: Cli): void {
  program
    .command('serve')
    .description('the whole app as a server for browsers on this machine; its options: chronicle serve --help')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action((args: string[]) => runDaemon({ args, stopped: cli.stopped }))
}
